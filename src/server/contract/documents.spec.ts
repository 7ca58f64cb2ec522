import { describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { TAGS, tagOf } from './about.js';
import { asyncApiDocument } from './asyncapi.js';
import { CLIENT_EVENTS, SERVER_EVENTS } from './events.js';
import { openApiDocument } from './openapi.js';
import { ROUTES, routesOf } from './routes.js';

/** What Redocly’s strict rules find in a document, in words. */
async function findings(document: object): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const source = JSON.stringify(document);
  const problems = await lintFromString({ source, config });
  return problems.map(
    ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`,
  );
}

describe('the documents', () => {
  it.each([
    ['OpenAPI', openApiDocument(ROUTES)],
    ['OpenAPI, without an identity provider', openApiDocument(routesOf({ hasProvider: false }))],
    ['AsyncAPI', asyncApiDocument()],
  ])('keep to every strict rule: %s', async (_, document) => {
    expect(await findings(document)).toEqual([]);
  });

  it('are looked at by rules that find something', async () => {
    const nameless = { ...openApiDocument(ROUTES), info: { version: '1' } };

    expect(await findings(nameless)).toContainEqual(expect.stringContaining('title'));
    expect(await findings({ ...asyncApiDocument(), channels: [] })).not.toEqual([]);
  });

  it('say what each tag is about', () => {
    const events = [...Object.keys(CLIENT_EVENTS), ...Object.keys(SERVER_EVENTS)];
    const used = [...ROUTES.map(({ path }) => path), ...events].map(tagOf);

    expect(Object.keys(TAGS).sort()).toEqual([...new Set(used)].sort());
  });

  it.each([openApiDocument(ROUTES), asyncApiDocument()])(
    'say that RATE_LIMITED has details.retryAfterMs',
    (document) => {
      expect(document).toHaveProperty(
        ['components', 'schemas', 'Error', 'properties', 'details', 'description'],
        expect.stringContaining('`details.retryAfterMs`'),
      );
    },
  );
});
