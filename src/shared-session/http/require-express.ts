import type { HttpServer } from '@nestjs/common';
import { SharedSessionConfigError } from '../shared-session.errors.js';

/**
 * The session is express-session's, and needs the requests of Express.
 *
 * @throws SharedSessionConfigError naming the adapter of another platform, such as Fastify's
 */
export function requireExpress(adapter: HttpServer): void {
  if (adapter.getType() === 'express') return;
  throw new SharedSessionConfigError(
    `The application runs on ${adapter.constructor.name}, whose requests carry no express-session.`,
    ['Create it by `NestFactory.create(AppModule)`, with @nestjs/platform-express installed.'],
  );
}
