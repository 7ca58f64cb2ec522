import { describe, expect, it } from '@jest/globals';
import { END_REASONS } from './session/signal-codec.js';
import type { Sessions } from './sessions.service.js';

describe('the reasons for which an application ends sessions', () => {
  it('leave out that a node shuts down, which ends no session', () => {
    type Given = Parameters<Sessions['end' | 'endOthers' | 'endAll']>[1];
    // @ts-expect-error -- the compiler refuses it
    const refused: Given = 'draining';

    expect(END_REASONS).not.toContain(refused);
  });
});
