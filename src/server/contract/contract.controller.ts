import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Anybody } from '../../shared-session/index.js';
import { asyncApiDocument } from './asyncapi.js';
import { docsPage } from './docs-page.js';
import { DOCS_STYLE } from './docs-style.js';
import { openApiDocument } from './openapi.js';
import type { Route } from './routes.js';

/** Injects the routes that this server has. */
export const SERVED_ROUTES = Symbol('served routes');

/** Serves the contract: for programs, and as a page to read. */
@Controller()
@Anybody()
export class ContractController {
  readonly #openApi: object;
  readonly #asyncApi = asyncApiDocument();
  readonly #page: string;

  constructor(@Inject(SERVED_ROUTES) routes: readonly Route[]) {
    this.#openApi = openApiDocument(routes);
    this.#page = docsPage(routes);
  }

  @Get('openapi.json')
  openApi(): object {
    return this.#openApi;
  }

  @Get('asyncapi.json')
  asyncApi(): object {
    return this.#asyncApi;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  docs(): string {
    return this.#page;
  }

  @Get('docs.css')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): string {
    return DOCS_STYLE;
  }
}
