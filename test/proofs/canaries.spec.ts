import { Logger } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import {
  CanaryLogger,
  keepCookies,
  keepSecret,
  noteOutput,
  takeLeaks,
} from '../support/canaries.js';

it('a secret is found in whatever is logged, as it is or as a cookie has it', () => {
  keepSecret('a password of somebody');
  keepCookies(['sid=s%3Aan-id-of-a-session.its%2Fsignature; Path=/; HttpOnly']);
  const logger = new CanaryLogger();
  Logger.overrideLogger(logger);

  new Logger('Test').warn({ deep: { inside: 'a password of somebody' } });
  new Logger('Test').error('the session an-id-of-a-session');
  noteOutput('nothing\ns:an-id-of-a-session.its/signature\nnothing');
  new Logger('Test').log('nothing');

  expect(takeLeaks()).toHaveLength(3);
  expect(takeLeaks()).toEqual([]);
  Logger.overrideLogger(false);
});
