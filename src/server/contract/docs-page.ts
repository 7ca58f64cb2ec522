import { ERROR_CODES } from './error-codes.js';
import { CLIENT_EVENTS, SERVER_EVENTS } from './events.js';
import type { Route } from './routes.js';
import { jsonSchemas } from './schemas.js';

/** The contract as a page to read. */
export function docsPage(routes: readonly Route[]): string {
  const schemas = Object.entries(jsonSchemas()).map(
    ([name, schema]) =>
      `<details id="${name}"><summary>${name}</summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Contract</title>
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<h1>Contract</h1>
<p>For programs: <a href="/openapi.json">openapi.json</a>, <a href="/asyncapi.json">asyncapi.json</a>.</p>
<h2>HTTP</h2>
<p>JSON in and out. An error is <code>{"error":{"code","message","details"?}}</code>.</p>
${table(['Route', 'Does', 'For', 'Body', 'Answers'], routeRows(routes))}
<h2>Socket: client to server</h2>
<p>Every event is acknowledged with <code>{"ok":true,"data"}</code> or <code>{"ok":false,"error"}</code>.</p>
${table(['Event', 'Does', 'Payload', 'Data'], clientRows())}
<h2>Socket: server to client</h2>
${table(['Event', 'Says', 'Payload'], serverRows())}
<h2>Error codes</h2>
${table(['Code', 'Status', 'Means', 'What a client should do'], errorRows())}
<h2>Schemas</h2>
${schemas.join('\n')}
</body>
</html>`;
}

/** Styles of the page; a file of their own, since the page's policy allows no inline style. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 2rem 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid #8884; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { overflow-x: auto; }
summary { cursor: pointer; padding: 0.2rem 0; }
`;

function routeRows(routes: readonly Route[]): string[][] {
  return routes.map(({ method, path, does, who, body, answers }) => [
    code(`${method.toUpperCase()} ${path}`),
    escape(does),
    typeof who === 'string' ? who : `role ${who.roles.map(code).join(' or ')}`,
    body ? link(body) : '',
    Object.entries(answers)
      .map(([status, schema]) => `${status} ${schema ? link(schema) : ''}`)
      .join(', '),
  ]);
}

function clientRows(): string[][] {
  return Object.entries(CLIENT_EVENTS).map(([event, { does, payload, data }]) => [
    code(event),
    escape(does),
    payload ? link(payload) : 'none',
    link(data),
  ]);
}

function serverRows(): string[][] {
  return Object.entries(SERVER_EVENTS).map(([event, { does, payload }]) => [
    code(event),
    escape(does),
    link(payload),
  ]);
}

function errorRows(): string[][] {
  return Object.entries(ERROR_CODES).map(([name, { status, means, todo }]) => [
    code(name),
    String(status),
    escape(means),
    escape(todo),
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', head)}${rows.map((row) => cells('td', row)).join('')}</table>`;
}

const link = (name: string) => `<a href="#${name}">${name}</a>`;
const code = (text: string) => `<code>${escape(text)}</code>`;

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
