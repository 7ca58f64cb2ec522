import { describe, expect, it } from '@jest/globals';
import { deviceLine } from './lines.js';

describe('a line for a terminal', () => {
  it('has nothing in it that would act on the terminal, whatever a browser calls itself', () => {
    const line = deviceLine({
      handle: 'Zm9vYmFyYmF6cXV4cXV1eA',
      signedInAt: '2026-11-30T22:00:00.000Z',
      lastSeenAt: '2026-11-30T22:00:00.000Z',
      ip: '203.0.113.7',
      userAgent: 'Evil\u001b[31m\u009b2J\r\n\u202e/1.0',
      sockets: 2,
    });

    expect(line).toMatch(/ {2}203\.0\.113\.7 {2}Evil\[31m2J\/1\.0$/);
  });
});
