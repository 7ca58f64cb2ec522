import { exampleOf } from './examples.js';
import { escape } from './markup.js';
import type { Route } from './routes.js';
import type { SchemaName } from './schemas.js';

/** Whether calling a route takes away something of whoever reads the page, or of an account. */
export function isDestructive({ method, path }: Pick<Route, 'method' | 'path'>): boolean {
  return method === 'delete' || /\/(logout|password|suspension|roles)$/.test(path);
}

/**
 * A form that calls a route, with its example filled in. Hidden until the page’s script shows it; there is none for
 * a route that only leads the browser elsewhere.
 */
export function tryRoute(route: Route): string {
  const { method, path, parameters = {}, body, bodyType = 'application/json', answers } = route;
  if (Object.keys(answers).every((status) => status === '302')) return '';
  const name = `${method.toUpperCase()} ${path}`;
  const fields = Object.entries(parameters).map(
    ([parameter, schema]) =>
      `<label>${parameter} <input name="${parameter}" value="${escape(String(exampleOf(schema)))}" autocomplete="off" required></label>`,
  );
  const data = `data-method="${method.toUpperCase()}" data-path="${path}" data-type="${bodyType}"`;
  const text = body && textOf(exampleOf(body), bodyType);
  return form(name, `${data}${isDestructive(route) ? ' data-destructive' : ''}`, [
    ...fields,
    ...(text === undefined ? [] : [area('Body', text)]),
  ]);
}

/** A form that sends an event. */
export function tryEvent(event: string, payload: SchemaName | null): string {
  const fields = payload ? [area('Payload', textOf(exampleOf(payload), 'application/json'))] : [];
  return form(event, `data-event="${event}"`, fields);
}

function form(name: string, data: string, fields: readonly string[]): string {
  return `<form class="try" aria-label="Try ${escape(name)}" ${data} hidden>
${fields.join('\n')}
<button aria-label="Send ${escape(name)}">Send</button>
<pre class="answer" role="status"></pre>
</form>`;
}

function area(label: string, text: string): string {
  const rows = String(text.split('\n').length);
  return `<label>${label} <textarea name="body" rows="${rows}" spellcheck="false">${escape(text)}</textarea></label>`;
}

function textOf(value: unknown, type: string): string {
  if (type === 'application/json') return JSON.stringify(value, null, 2);
  if (typeof value === 'string') return value;
  return new URLSearchParams(value as Record<string, string>).toString();
}
