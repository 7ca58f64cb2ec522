import type { NextFunction, Request, Response } from 'express';

/**
 * Tells browsers and proxies to keep no answer: most are for one visitor alone, and a cache would show
 * them to the next one. A route whose answer is the same for everybody may say otherwise.
 */
export function keepOutOfCaches(_: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  response.vary('Cookie');
  next();
}
