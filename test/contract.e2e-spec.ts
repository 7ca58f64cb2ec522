import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv';
import { AppModule } from '../src/server/app.module.js';
import { readEnvironment } from '../src/server/config/environment.js';
import { CLIENT_EVENTS, SERVER_EVENTS } from '../src/server/contract/events.js';
import { ROUTES } from '../src/server/contract/routes.js';
import { BODY_ERRORS, SCHEMAS } from '../src/server/contract/schemas.js';
import { ERROR_STATUS } from '../src/shared-session/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

interface Layer {
  readonly route?: { readonly path: string; readonly methods?: Readonly<Record<string, boolean>> };
}

/** Routes that serve the contract itself, and where Nest puts middleware for all routes. */
const OTHERS = ['/openapi.json', '/asyncapi.json', '/docs', '/docs.css', '/{*path}'];

describe('the contract', () => {
  let node: TestNode;
  let redisUrl: string;

  beforeAll(async () => {
    redisUrl = await startRedis();
    node = await startTestNode({ redisUrl, redisPrefix: uniquePrefix() });
  });

  const fetched = async (path: string) =>
    (await new Visitor(node).get<Record<string, never>>(path)).body;

  it('has every route that the server has, and no other', () => {
    const express = node.app.getHttpAdapter().getInstance() as unknown as {
      router: { stack: Layer[] };
    };
    const served = express.router.stack.flatMap(({ route }) =>
      route?.methods && !OTHERS.includes(route.path)
        ? Object.keys(route.methods).map((method) => `${method} ${route.path}`)
        : [],
    );

    expect(ROUTES.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(served.sort());
  });

  it.each(ROUTES)('is what the guards ask for: $method $path', async ({ method, path, who }) => {
    // No body: what is open refuses it, or ends the session of this visitor, who has no other use for it.
    const isRefused = async (visitor: Visitor) =>
      (await visitor.request(method.toUpperCase(), path.replace(/:\w+/g, 'any'))).status === 401;

    expect({
      withoutSession: await isRefused(new Visitor(node)),
      asGuest: await isRefused(await new Visitor(node).arrive()),
    }).toEqual({ withoutSession: who !== 'anybody', asGuest: who === 'user' });
  });

  it('cannot miss a route that nobody decided about: the server does not start', async () => {
    @Controller('forgotten')
    class ForgottenController {
      @Get()
      get(): string {
        return '';
      }
    }
    const environment = { ...readEnvironment({}), redisUrl, redisPrefix: uniquePrefix() };
    @Module({ imports: [AppModule.forRoot(environment)], controllers: [ForgottenController] })
    class ExtendedModule {}
    const app = await NestFactory.create(ExtendedModule, { logger: false, abortOnError: false });
    stopAfterwards(() => app.close());

    await expect(app.init()).rejects.toThrow('ForgottenController.get has no guard');
  });

  it('has every event that a gateway handles, and no other', () => {
    const handled = sources().flatMap((text) =>
      [...text.matchAll(/@SubscribeMessage\('([^']+)'\)/g)].map(([, event]) => event),
    );

    expect(Object.keys(CLIENT_EVENTS).sort()).toEqual(handled.sort());
  });

  it('has every event that the server sends, and no other', () => {
    const sent = sources().flatMap((text) =>
      [...text.matchAll(/\.emit\('(\w+:\w+)'/g)].map(([, event]) => event),
    );

    expect(Object.keys(SERVER_EVENTS).sort()).toEqual([...new Set(sent)].sort());
  });

  it('has every error code of the library and the server, and no other', () => {
    const thrown = sources('src/server').flatMap((text) =>
      [...text.matchAll(/(?:super|new CodedError)\(\s*'([^']+)'/g)].map(([, code = '']) => code),
    );
    const codes = new Set([...Object.keys(ERROR_STATUS), ...BODY_ERRORS, ...thrown]);

    expect([...SCHEMAS.Error.shape.code.options].sort()).toEqual([...codes].sort());
  });

  it('is served as a valid OpenAPI document', async () => {
    const { valid, errors } = await new Validator().validate(await fetched('/openapi.json'));

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  it('is served as a valid AsyncAPI document', async () => {
    const require = createRequire(import.meta.url);
    const schema = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
    const ajv = new Ajv({ unknownFormats: 'ignore', logger: false });

    const valid = ajv.validate(schema, await fetched('/asyncapi.json'));

    expect({ valid, errors: ajv.errors }).toEqual({ valid: true, errors: null });
  });

  it.each(['/openapi.json', '/asyncapi.json'])('has no loose end in %s', async (path) => {
    const document = await fetched(path);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)];

    expect(references.length).toBeGreaterThan(10);
    for (const [, pointer = ''] of references) {
      const found = pointer
        .slice(1)
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect({ pointer, found: found !== undefined }).toEqual({ pointer, found: true });
    }
  });

  it('can be read at /docs, without a script and in a style of its own', async () => {
    const page = await new Visitor(node).get<string>('/docs');

    for (const { path } of ROUTES) expect(page.body).toContain(path);
    for (const event of Object.keys(SERVER_EVENTS)) expect(page.body).toContain(event);
    expect(page.body).not.toMatch(/<script|style=/);
    expect((await new Visitor(node).get('/docs.css')).status).toBe(200);
  });
});

/** The server's source files, and the library's unless the folder leaves them out. */
function sources(folder = 'src'): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts') && !/\.spec\.ts$|^client/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
