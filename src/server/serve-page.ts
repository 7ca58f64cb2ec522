import { existsSync, readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type RequestHandler } from 'express';

/**
 * Serves the built page. Its assets have their content's hash in their names, so a browser asks for each
 * once; the page itself is asked for every time, and names the assets of the newest build.
 *
 * No other request looks for a file: that would cost each a sixth of its time.
 */
export function servePage(app: NestExpressApplication, folder: string): void {
  app.useStaticAssets(join(folder, 'assets'), { prefix: '/assets', maxAge: '1y', immutable: true });
  const paths = pathsOf(folder);
  const serve = express.static(folder, { extensions: ['html'] });
  const servePages: RequestHandler = (request, response, next) => {
    if (paths.has(request.path)) serve(request, response, next);
    else next();
  };
  app.use(servePages);
}

/** By name with and without its ending, as each file in the folder can be asked for. */
function pathsOf(folder: string): ReadonlySet<string> {
  // It need not be built.
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return new Set(['/', ...names.flatMap((name) => [`/${name}`, `/${parse(name).name}`])]);
}
