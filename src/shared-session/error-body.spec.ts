import 'reflect-metadata';
import {
  type ArgumentsHost,
  BadGatewayException,
  BadRequestException,
  ConflictException,
  ForbiddenException,
  GoneException,
  HttpException,
  InternalServerErrorException,
  Logger,
  NotFoundException,
  PayloadTooLargeException,
  ServiceUnavailableException,
  UnauthorizedException,
  UnprocessableEntityException,
  ValidationPipe,
} from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { Type } from 'class-transformer';
import { IsInt, ValidateNested } from 'class-validator';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { toErrorBody } from './error-body.js';
import { HttpErrorFilter } from './http/http-error.filter.js';
import { ErrorBody } from './shared-session.contract.js';
import {
  CodedError,
  ERROR_STATUS,
  SessionEndedError,
  SessionStoreUnavailableError,
} from './shared-session.errors.js';

/** What the client of a request is answered when this is thrown. */
function answerTo(thrown: unknown): unknown[] {
  const answer: unknown[] = [];
  const response = {
    headersSent: false,
    setHeader: () => response,
    status: (status: number) => (answer.push(status), response),
    json: ({ error }: { error: ErrorBody }) => answer.push(ErrorBody.parse(error).code),
  };
  const host = { switchToHttp: () => ({ getResponse: () => response }) };
  new HttpErrorFilter().catch(thrown, host as unknown as ArgumentsHost);
  return answer;
}

class SeatTakenError extends CodedError {
  constructor() {
    super('SEAT_TAKEN', 'The seat is taken.', { status: 409, details: { seat: 7 } });
  }
}

describe('an error that the client may see', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('may be the application’s own, with its code and its status', () => {
    expect(answerTo(new SeatTakenError())).toEqual([409, 'SEAT_TAKEN']);
    expect(toErrorBody(new SeatTakenError())).toEqual({
      code: 'SEAT_TAKEN',
      message: 'The seat is taken.',
      details: { seat: 7 },
    });
  });

  it('has its status by itself if its code is the library’s', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      const error = new CodedError(code as keyof typeof ERROR_STATUS, 'Refused.');
      expect(answerTo(error)).toEqual([status, code]);
    }
    expect(answerTo(new SessionEndedError())).toEqual([401, 'SESSION_ENDED']);
  });

  it('is a failure of the server where untyped code leaves its status out', () => {
    // @ts-expect-error -- the compiler asks for the status
    const error = new CodedError('SEAT_TAKEN', 'The seat is taken.');

    expect(answerTo(error)).toEqual([500, 'SEAT_TAKEN']);
  });

  it.each<[HttpException, number, string]>([
    [new BadRequestException(), 400, 'INVALID_PAYLOAD'],
    [new UnauthorizedException(), 401, 'UNAUTHENTICATED'],
    [new ForbiddenException(), 403, 'FORBIDDEN'],
    [new NotFoundException(), 404, 'NOT_FOUND'],
    [new ConflictException(), 409, 'CONFLICT'],
    [new GoneException(), 410, 'GONE'],
    [new PayloadTooLargeException(), 413, 'PAYLOAD_TOO_LARGE'],
    [new UnprocessableEntityException(), 422, 'UNPROCESSABLE_ENTITY'],
    [new HttpException('Too many.', 429), 429, 'RATE_LIMITED'],
    [new InternalServerErrorException(), 500, 'INTERNAL'],
    [new BadGatewayException(), 502, 'BAD_GATEWAY'],
    [new ServiceUnavailableException(), 503, 'UNAVAILABLE'],
    [new HttpException('Nobody knows this one.', 499), 499, 'INVALID_PAYLOAD'],
    [new HttpException('Nor this.', 599), 599, 'INTERNAL'],
  ])('has a code by its status if it is Nest’s: %s', (thrown, status, code) => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);

    expect(answerTo(thrown)).toEqual([status, code]);
  });

  it('has the messages of Nest’s ValidationPipe, ten of them and the start of each', () => {
    const messages = Array.from(
      { length: 50 },
      (_, at) => `property${String(at)} ${'x'.repeat(1000)}`,
    );

    const { code, details } = toErrorBody(new BadRequestException(messages));

    expect(code).toBe('INVALID_PAYLOAD');
    expect(details).toHaveLength(10);
    expect(details).toContainEqual({ message: expect.stringMatching(/^property0 x{190}…$/) });
    expect(JSON.stringify(details).length).toBeLessThan(2500);
  });

  it.each<[string, (errors: unknown[]) => Error]>([
    ['WsException', (errors) => new WsException(errors)],
    ['BadRequestException', (errors) => new BadRequestException(errors)],
  ])('says where what class-validator found is, from a %s of it', async (_, exceptionFactory) => {
    class Inner {
      @IsInt()
      count!: number;
    }
    class Outer {
      @ValidateNested()
      @Type(() => Inner)
      inner!: Inner;
    }
    const pipe = new ValidationPipe({ exceptionFactory });

    const thrown: unknown = await pipe
      .transform({ inner: { count: 'a secret' } }, { type: 'body', metatype: Outer })
      .catch((error: unknown) => error);

    expect(toErrorBody(thrown)).toEqual({
      code: 'INVALID_PAYLOAD',
      message: 'The payload is not valid.',
      details: [{ path: 'inner.count', message: 'count must be an integer number' }],
    });
  });

  it('is told however deep what class-validator found is', () => {
    let found: unknown = { property: 'leaf', constraints: { isInt: 'leaf must be an integer' } };
    for (let depth = 0; depth < 20_000; depth += 1) found = { property: 'a', children: [found] };

    expect(toErrorBody(new WsException([found] as object))).toMatchObject({
      code: 'INVALID_PAYLOAD',
      details: [],
    });
  });

  it.each([
    ['request entity too large', 413, 'PAYLOAD_TOO_LARGE'],
    ['unsupported charset "X"', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('has a code by its status if it is Express’s own: %s', (message, statusCode, code) => {
    const thrown = Object.assign(new Error(message), { statusCode, expose: true });

    expect(answerTo(thrown)).toEqual([statusCode, code]);
    expect(toErrorBody(thrown).message).toBe(message);
  });

  it.each([
    'Unexpected token \'c\', ..."password":correct-ho"... is not valid JSON',
    'Unexpected end of JSON input',
    "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    "Failed to decode param '%FF'",
  ])('quotes nothing of a request that Nest 11 could not read: %s', (message) => {
    expect(toErrorBody(new BadRequestException(message))).toEqual({
      code: 'INVALID_PAYLOAD',
      message: 'The request cannot be read.',
    });
  });

  it.each([
    ['seat_taken', 409],
    ['SEAT-TAKEN', 409],
    ['', 409],
    ['SEAT_TAKEN', 200],
    ['SEAT_TAKEN', 600],
    ['SEAT_TAKEN', 409.5],
  ])('cannot be made with what the contract does not allow: "%s" with %s', (code, status) => {
    expect(() => new CodedError(code as 'SEAT_TAKEN', 'Taken.', { status })).toThrow(/must be/);
  });

  it('is logged if it is Nest’s and the server’s fault', () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);

    toErrorBody(new ConflictException());
    toErrorBody(new SessionStoreUnavailableError());
    expect(log).not.toHaveBeenCalled();

    toErrorBody(new HttpException('Nobody knows this one.', 599));
    expect(log).toHaveBeenCalledTimes(1);
  });

  it('is INTERNAL without the message if anything else was thrown', () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const bug = new Error('a secret');

    expect(answerTo(bug)).toEqual([500, 'INTERNAL']);
    expect(toErrorBody(bug).message).not.toContain('secret');
  });
});
