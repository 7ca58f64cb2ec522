import type { ErrorRequestHandler } from 'express';
import helmet from 'helmet';

export const headers = helmet();

/** The session is found before; what fails there, while Redis is away, goes on as an error and past all other middleware. */
export const headersOfErrors: ErrorRequestHandler = (error, request, response, next) => {
  headers(request, response, () => {
    next(error);
  });
};
