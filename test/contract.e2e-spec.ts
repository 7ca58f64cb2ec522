import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv';
import { AppModule } from '../src/server/app.module.js';
import { readEnvironment } from '../src/server/config/environment.js';
import { ERROR_CODES } from '../src/server/contract/error-codes.js';
import { CLIENT_EVENTS, SERVER_EVENTS } from '../src/server/contract/events.js';
import { type Audience, type Route, ROUTES } from '../src/server/contract/routes.js';
import { SCHEMAS } from '../src/server/contract/schemas.js';
import { RequiredRoles } from '../src/shared-session/access/guards.js';
import {
  ERROR_STATUS,
  Roles,
  type SessionDescription,
  Sessions,
  SignedIn,
} from '../src/shared-session/index.js';
import { startNodes, type TestNode as PlainNode } from '../src/testing/index.js';
import { stopAfterwards } from './support/cleanup.js';
import { startRedis } from './support/redis-under-test.js';
import { startTestNode, TEST_SECRET, type TestNode, uniquePrefix } from './support/test-node.js';
import { Visitor } from './support/visitor.js';

/** Nothing answers there: the routes that need it are all that matters. */
const PROVIDER = {
  issuer: 'http://127.0.0.1:9',
  clientId: 'shop',
  clientSecret: 'none',
  redirectUri: 'https://shop.example/auth/oidc/callback',
};

interface Layer {
  readonly route?: { readonly path: string; readonly methods?: Readonly<Record<string, boolean>> };
}

/** What Express answers to a body that is too large, or of an unknown charset or encoding. */
const BODY_ERRORS = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** Routes that serve the contract itself, and where Nest puts middleware for all routes. */
const OTHERS = ['/openapi.json', '/asyncapi.json', '/docs', '/docs.css', '/{*path}'];

describe('the contract', () => {
  let node: TestNode;
  let redisUrl: string;
  const redisPrefix = uniquePrefix();

  beforeAll(async () => {
    redisUrl = await startRedis();
    node = await startTestNode({ redisUrl, redisPrefix, provider: PROVIDER });
  });

  /** The reference server with one more controller, of the same sessions. */
  async function startWith(controller: Type): Promise<PlainNode> {
    const environment = { ...readEnvironment({}), redisPrefix, demoAccounts: false };
    const settings = { ...environment, sessionSecrets: [TEST_SECRET] };
    const started = await startNodes(
      (url) => {
        const imports = [AppModule.forRoot({ ...settings, redisUrl: url })];
        @Module({ imports, controllers: [controller] })
        class ExtendedModule {}
        return ExtendedModule;
      },
      1,
      { redisUrl },
    );
    stopAfterwards(started.stop);
    return started.nodes[0];
  }

  async function userWith(...roles: string[]): Promise<Visitor> {
    const visitor = await new Visitor(node).register();
    const { body } = await visitor.get<SessionDescription>('/session');
    await node.app.get(Sessions, { strict: false }).updateAll(body.principal, (data) => {
      if (data.user) data.user = { ...data.user, roles };
    });
    return visitor;
  }

  /** Whom a route's guards let in: nobody known, a guest, a user, and users with each of the roles. */
  async function answersOf(
    { method, path, isStream }: Pick<Route, 'method' | 'path' | 'isStream'>,
    roles: readonly string[],
    at: Pick<TestNode, 'url' | 'isPlain'>,
  ): Promise<unknown[]> {
    // Each for itself: some routes end the session that they are called with.
    const visitors = [
      new Visitor(node),
      await new Visitor(node).arrive(),
      await userWith(),
      ...(await Promise.all(roles.map((role) => userWith(role)))),
    ];
    const answers = visitors.map(async (visitor) => {
      // No body: what is open refuses it.
      const address = path.replace(/:\w+/g, 'any');
      // What goes on for as long as its session has a head all the same.
      const asked = isStream ? 'HEAD' : method.toUpperCase();
      const { status } = await visitor.request(asked, address, { at });
      return status === 401 || status === 403 ? status : 'let in';
    });
    return Promise.all(answers);
  }

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

  it.each(ROUTES)('is what the guards ask for: $method $path', async (route) => {
    const roles = rolesAskedFor(node.app);

    expect(await answersOf(route, roles, node)).toEqual(answersFor(route.who, roles));
  });

  it('is compared with the guards for roles too', async () => {
    @Controller('orders')
    class OrdersController {
      @Get()
      @Roles('admin', 'staff')
      list(): string[] {
        return [];
      }

      @Get('mine')
      @SignedIn()
      mine(): string[] {
        return [];
      }
    }
    const { app, url } = await startWith(OrdersController);
    const at = { url, isPlain: true } as const;
    const roles = rolesAskedFor(app);
    const answers = (path: string) => answersOf({ method: 'get', path }, roles, at);
    const stated = (...stated: string[]) => answersFor({ roles: stated }, roles);

    expect(roles).toEqual(['admin', 'staff']);
    expect(await answers('/orders')).toEqual(stated('admin', 'staff'));
    expect(await answers('/orders')).not.toEqual(stated('admin'));
    expect(await answers('/orders/mine')).not.toEqual(stated('admin'));
  });

  it('cannot miss a route that nobody decided about: the server does not start', async () => {
    @Controller('forgotten')
    class ForgottenController {
      @Get()
      get(): string {
        return '';
      }
    }

    const started = startWith(ForgottenController);

    await expect(started).rejects.toThrow('ForgottenController.get has no guard');
  });

  it('has every event that a gateway handles, and no other', () => {
    const handled = sources().flatMap((text) =>
      [...text.matchAll(/@SubscribeMessage\('([^']+)'\)/g)].map(([, event]) => event),
    );

    expect(Object.keys(CLIENT_EVENTS).sort()).toEqual(handled.sort());
  });

  it('has every event that the server sends, and no other', () => {
    const sent = sources().flatMap((text) =>
      [...text.matchAll(/(?:\.emit\(|\btell\(link, )'(\w+:\w+)'/g)].map(([, event]) => event),
    );

    expect(Object.keys(SERVER_EVENTS).sort()).toEqual([...new Set(sent)].sort());
  });

  it('has every error code of the library and the server, and no other', () => {
    const thrown = sources('src/server').flatMap((text) =>
      [...text.matchAll(/(?:super|new CodedError)\(\s*'([^']+)'/g)].map(([, code = '']) => code),
    );
    const codes = new Set([...Object.keys(ERROR_STATUS), ...BODY_ERRORS, ...thrown]);
    expect(Object.keys(ERROR_CODES).sort()).toEqual([...codes].sort());

    expect([...SCHEMAS.Error.shape.code.options].sort()).toEqual([...codes].sort());
  });

  it('says the status with which each code of the server’s own is thrown', () => {
    const thrown = sources('src/server').flatMap((text) => [
      ...text.matchAll(/(?:super|new CodedError)\(\s*'([^']+)',[^;]*?status: (\d+)/g),
    ]);

    expect(thrown.length).toBeGreaterThan(4);
    for (const [, code = '', status] of thrown) {
      expect({ code, status: ERROR_CODES[code]?.status }).toEqual({ code, status: Number(status) });
    }
  });

  it('is served as a valid OpenAPI document', async () => {
    const { valid, errors } = await new Validator().validate(await fetched('/openapi.json'));

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  it('is served as a valid AsyncAPI document', async () => {
    const require = createRequire(import.meta.url);
    const schema = require('@asyncapi/specs/schemas/3.1.0-without-$id.json') as object;
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

  it('leaves out what needs an identity provider where there is none', async () => {
    const plain = await startTestNode({ redisUrl, redisPrefix: uniquePrefix() });
    const { body } = await new Visitor(plain).get<{ paths: object }>('/openapi.json');

    const paths = ROUTES.filter(({ needsProvider }) => !needsProvider).map(({ path }) => path);
    expect(Object.keys(body.paths).sort()).toEqual(
      [...new Set(paths.map((path) => path.replace(/:(\w+)/g, '{$1}')))].sort(),
    );
    expect((await new Visitor(plain).get('/auth/oidc')).status).toBe(404);
  });

  it('can be read at /docs, with no script or style within the page', async () => {
    const page = await new Visitor(node).get<string>('/docs');

    for (const { path } of ROUTES) expect(page.body).toContain(path);
    for (const event of Object.keys(SERVER_EVENTS)) expect(page.body).toContain(event);
    for (const code of Object.keys(ERROR_CODES)) expect(page.body).toContain(`>${code}<`);
    expect(page.body).not.toMatch(
      /<script(?! type="module" src="\/docs.js"><\/script>)|style=| on\w+=/,
    );
    expect((await new Visitor(node).get('/docs.css')).status).toBe(200);
  });
});

/** What `answersOf` finds if the guards are as a route states. */
function answersFor(who: Audience, roles: readonly string[]): unknown[] {
  const all = roles.map(() => 'let in');
  if (who === 'anybody') return ['let in', 'let in', 'let in', ...all];
  if (who === 'session') return [401, 'let in', 'let in', ...all];
  if (who === 'user') return [401, 401, 'let in', ...all];
  return [401, 401, 403, ...roles.map((role) => (who.roles.includes(role) ? 'let in' : 403))];
}

/** Every role that some route's guard asks for. */
function rolesAskedFor(app: INestApplicationContext): string[] {
  const reflector = new Reflector();
  const scanner = new MetadataScanner();
  const targets = app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      const prototype = (metatype as Type).prototype as Record<string, Type>;
      const methods = scanner.getAllMethodNames(prototype).map((name) => prototype[name]);
      return [metatype as Type, ...methods.filter((method) => method !== undefined)];
    });
  // Those that ask for no role have nothing to get.
  const asked = targets.map(
    (target) => reflector.get(RequiredRoles, target) as string[] | undefined,
  );
  return [...new Set(asked.flatMap((roles) => roles ?? []))];
}

/** The server's source files, and the library's unless the folder leaves them out. */
function sources(folder = 'src'): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts') && !/\.spec\.ts$|^client/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
