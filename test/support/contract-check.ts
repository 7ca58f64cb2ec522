import { CLIENT_EVENTS, SERVER_EVENTS } from '../../src/server/contract/events.js';
import { ROUTES } from '../../src/server/contract/routes.js';
import { SCHEMAS, type SchemaName } from '../../src/server/contract/schemas.js';

const deviations: string[] = [];

/** What was seen on the wire, since the last call, that is not in the contract. */
export function takeDeviations(): string[] {
  return deviations.splice(0);
}

/** Checks what a route of the reference server answered. */
export function checkAnswer(method: string, path: string, status: number, body: unknown): void {
  const { pathname } = new URL(path, 'http://any');
  const route = ROUTES.find(
    (each) => each.method === method.toLowerCase() && patternOf(each.path).test(pathname),
  );
  if (!route) return;
  if (status === 429 && !route.isLimited) deviations.push(`${method} ${route.path} is limited`);
  const schema = status in route.answers ? route.answers[status] : 'Failure';
  check(`${method} ${route.path} ${String(status)}`, schema ?? null, body === '' ? null : body);
}

/** Checks an event that a client of the reference server received. */
export function checkEvent(event: string, payload: unknown): void {
  const known = SERVER_EVENTS[event];
  if (known) check(event, known.payload, payload);
  else deviations.push(`${event} is not in the contract`);
}

/** Checks the acknowledgement of an event. */
export function checkAcknowledgement(event: string, answer: unknown): void {
  const known = CLIENT_EVENTS[event];
  const { ok, data, error } = answer as { ok?: unknown; data?: unknown; error?: unknown };
  if (ok === true && known) check(`${event} data`, known.data, data);
  if (ok !== true) check(`${event} error`, 'Error', error);
}

function check(what: string, schema: SchemaName | null, value: unknown): void {
  if (schema === null) {
    if (value !== null) deviations.push(`${what} has a body`);
    return;
  }
  const { error } = SCHEMAS[schema].safeParse(value);
  if (error) deviations.push(`${what} is no ${schema}: ${error.message}`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
}
