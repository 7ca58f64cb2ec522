import {
  clientEntries,
  errorRows,
  routeEntry,
  schemaEntries,
  serverEntries,
} from './docs-entries.js';
import { EXAMPLE_UUID } from './examples.js';
import type { Route } from './routes.js';

/** The contract as a page to read; its script searches it, and sends what is in it. */
export function docsPage(routes: readonly Route[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Contract</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs.css">
<script type="module" src="/docs.js"></script>
</head>
<body data-example-uuid="${EXAMPLE_UUID}">
<header>
<h1>Contract</h1>
<p>For programs: <a href="/openapi.json">openapi.json</a>, <a href="/asyncapi.json">asyncapi.json</a>.</p>
<nav aria-label="On this page">${SECTIONS.map(([id, title]) => `<a href="#${id}">${title}</a>`).join(' ')}</nav>
<form role="search" class="search" hidden>
<label for="search">Search routes, events, error codes and schemas</label>
<input type="search" id="search" autocomplete="off">
<p id="found" role="status"></p>
</form>
</header>
<main>
${section(0, `<p>JSON in and out. An error is <code>{"error":{"code","message","details"?}}</code>.</p>${routes.map(routeEntry).join('\n')}`)}
${section(1, `<p>Every event is acknowledged with <code>{"ok":true,"data"}</code> or <code>{"ok":false,"error"}</code>.</p>${clientEntries().join('\n')}`)}
${section(2, `<p>Once an event was sent from here, this shows what the server sends.</p>${serverEntries().join('\n')}`)}
${section(3, errorTable())}
${section(4, schemaEntries().join('\n'))}
</main>
</body>
</html>`;
}

const SECTIONS = [
  ['http', 'HTTP'],
  ['to-server', 'Socket: client to server'],
  ['to-client', 'Socket: server to client'],
  ['error-codes', 'Error codes'],
  ['schemas', 'Schemas'],
] as const;

function section(index: 0 | 1 | 2 | 3 | 4, content: string): string {
  const [id, title] = SECTIONS[index];
  return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}</section>`;
}

function errorTable(): string {
  const head = ['Code', 'Status', 'Means', 'What a client should do'];
  return `<div class="scroll" role="region" aria-label="Table of error codes" tabindex="0"><table>
<thead><tr>${head.map((each) => `<th scope="col">${each}</th>`).join('')}</tr></thead>
<tbody>${errorRows().join('\n')}</tbody>
</table></div>`;
}
