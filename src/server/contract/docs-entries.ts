import { ERROR_CODES } from './error-codes.js';
import { CLIENT_EVENTS, SERVER_EVENTS } from './events.js';
import { exampleOf } from './examples.js';
import { code, json, link, prose, words } from './markup.js';
import { operationIdOf } from './openapi.js';
import type { Audience, Route } from './routes.js';
import { jsonSchemas, type SchemaName } from './schemas.js';
import { tryEvent, tryRoute } from './try-forms.js';

/** A route as an entry of the page. */
export function routeEntry(route: Route): string {
  const { method, path, does, who, body, answers } = route;
  const stated = Object.entries(answers);
  const schemas = [body, ...stated.map(([, schema]) => schema)].filter((name) => !!name);
  return entry({
    id: operationIdOf(route),
    name: `${method.toUpperCase()} ${path}`,
    does,
    facts: [
      ['For', audience(who)],
      ['Body', body ? link(body) : 'none'],
      [
        'Answers',
        stated.map(([status, schema]) => `${status} ${schema ? link(schema) : ''}`).join(', '),
      ],
    ],
    schemas,
    more: tryRoute(route),
  });
}

/** The events that clients may send, as entries of the page. */
export const clientEntries = () =>
  Object.entries(CLIENT_EVENTS).map(([event, { does, payload, data }]) =>
    entry({
      id: event,
      name: event,
      does,
      facts: [
        ['Payload', payload ? link(payload) : 'none'],
        ['Data', link(data)],
      ],
      schemas: payload ? [payload, data] : [data],
      more: tryEvent(event, payload),
    }),
  );

/** The events that the server sends, as entries of the page. */
export const serverEntries = () =>
  Object.entries(SERVER_EVENTS).map(([event, { does, payload }]) =>
    entry({
      id: event,
      name: event,
      does,
      facts: [['Payload', link(payload)]],
      schemas: [payload],
      more: `<pre class="answer" data-received="${event}"></pre>`,
    }),
  );

export const errorRows = () =>
  Object.entries(ERROR_CODES).map(
    ([name, { status, means, todo }]) =>
      `<tr class="entry" id="${name}" ${words(name, String(status), means, todo)}><th scope="row">${code(name)}</th><td>${String(status)}</td><td>${prose(means)}</td><td>${prose(todo)}</td></tr>`,
  );

export const schemaEntries = () =>
  Object.entries(jsonSchemas()).map(
    ([name, schema]) =>
      `<details class="entry" id="${name}" ${words(name)}><summary>${name}</summary>
<p>Example:</p><pre>${json(exampleOf(name as SchemaName))}</pre>
<p>JSON Schema:</p><pre>${json(schema)}</pre></details>`,
  );

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly does: string;
  readonly facts: readonly (readonly [string, string])[];
  /** Those of which it shows examples. */
  readonly schemas: readonly SchemaName[];
  readonly more: string;
}

function entry({ id, name, does, facts, schemas, more }: Entry): string {
  const examples = schemas.map((each) => `<p>${link(each)}</p><pre>${json(exampleOf(each))}</pre>`);
  return `<article class="entry" id="${id}" ${words(name, does, ...schemas)}>
<h3>${code(name)}</h3>
<p>${prose(does)}</p>
<dl>${facts.map(([what, is]) => `<div><dt>${what}</dt><dd>${is}</dd></div>`).join('')}</dl>
${examples.length > 0 ? `<details><summary>Examples of ${code(name)}</summary>${examples.join('')}</details>` : ''}
${more}
</article>`;
}

const audience = (who: Audience) =>
  typeof who === 'string' ? who : `role ${who.roles.map(code).join(' or ')}`;
