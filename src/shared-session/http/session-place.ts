import { type MiddlewareConsumer, RequestMethod } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, RequestHandler } from 'express';
import { match } from 'path-to-regexp';
import { SharedSessionConfigError } from '../shared-session.errors.js';

/** What Nest puts in when it starts, before it asks its modules: it needs no session. */
const PARSERS = new Set(['jsonParser', 'urlencodedParser']);
/** How much Nest's adapter puts in when it is made; it has no names, and needs no session either. */
const ADAPTERS_OWN = stackOf(new ExpressAdapter().getInstance<Express>()).length;

/**
 * Puts the session middleware in front of all that an application adds with `app.use()`, which may need the session:
 * Passport does, and so does most of what protects against CSRF.
 *
 * Nest makes its modules before the application can add anything. Where there is no HTTP server by then, the
 * middleware comes before the routes, and nothing may be in front of it.
 */
export class SessionPlace {
  readonly #middleware: RequestHandler;
  #isTaken = false;

  /** @param withoutSession paths that the middleware is not for */
  constructor(
    private readonly host: HttpAdapterHost,
    middleware: RequestHandler,
    withoutSession: readonly string[],
  ) {
    this.#middleware = butFor(withoutSession, middleware);
  }

  /** Takes the first place, now or as soon as there is a server, unless something else has it. */
  takeFirst(): void {
    const take = (): void => {
      // Any other platform is refused when the application starts.
      if (this.host.httpAdapter.getType() !== 'express') return;
      if (stackOf(this.#server).length > ADAPTERS_OWN) return;
      this.#server.use(this.#middleware);
      this.#isTaken = true;
    };
    const { httpAdapter, init$ } = this.host as Partial<HttpAdapterHost>;
    if (httpAdapter) take();
    // In Nest 11.1 and later.
    else init$?.subscribe(take);
  }

  /**
   * Makes sure of the first place, when the application has added what it adds.
   *
   * @throws SharedSessionConfigError naming what is in front
   */
  keepFirst(consumer: MiddlewareConsumer): void {
    if (this.#isTaken) return;
    const inFront = stackOf(this.#server).filter((name) => !PARSERS.has(name));
    if (inFront.length === ADAPTERS_OWN) {
      this.takeBeforeRoutes(consumer);
      return;
    }
    const named = inFront.filter((name) => name !== '');
    throw new SharedSessionConfigError(
      `The session is not there for middleware in front of it: ${named.join(', ') || 'functions without names'}.`,
      [
        'Add that with `app.use()`, after the application was created, or to a module.',
        'Set `sessionFor: "routes"` if none of it needs the session.',
      ],
    );
  }

  /** Takes the place in front of all routes, and of what other modules add. */
  takeBeforeRoutes(consumer: MiddlewareConsumer): void {
    consumer.apply(this.#middleware).forRoutes({ path: '{*path}', method: RequestMethod.ALL });
  }

  get #server(): Express {
    return this.host.httpAdapter.getInstance<Express>();
  }
}

function butFor(paths: readonly string[], middleware: RequestHandler): RequestHandler {
  if (paths.length === 0) return middleware;
  const isWithout = paths.map((path) => match(path));
  return function sharedSession(request, response, next) {
    if (isWithout.some((isLike) => isLike(request.path))) next();
    else middleware(request, response, next);
  };
}

/** Names of the middleware that a server has, in order; empty for functions without one. */
function stackOf({ router }: Express): string[] {
  return router.stack.map(({ handle }) => handle.name);
}
