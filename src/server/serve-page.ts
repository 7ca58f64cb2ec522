import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';

/**
 * Serves the built page. Its assets have their content's hash in their names, so a browser asks for each
 * once; the page itself is asked for every time, and names the assets of the newest build.
 */
export function servePage(app: NestExpressApplication, folder: string): void {
  app.useStaticAssets(join(folder, 'assets'), { prefix: '/assets', maxAge: '1y', immutable: true });
  app.useStaticAssets(folder, { extensions: ['html'] });
}
