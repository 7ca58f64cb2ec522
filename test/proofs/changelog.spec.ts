import { describe, expect, it } from '@jest/globals';
import { cutRelease, notesOf, readChangelog } from '../../scripts/changelog.js';

const UNRELEASED = `# Changelog

Of both packages.

## Unreleased

### New

- A door, which
  opens.

## 0.1.0 - 2026-01-01

### Mended

- The roof.
`;

describe('the changelog', () => {
  it('has no section but those of ours', () => {
    expect(() => readChangelog(UNRELEASED.replace('New', 'News'))).toThrow('Invalid change type');
  });

  it('gives what is unreleased a version and a date, and has room for more', () => {
    const cut = cutRelease(UNRELEASED, '0.2.0', new Date('2026-02-03T04:05:06Z'));

    expect(cut).toContain('\n## Unreleased\n\n## 0.2.0 - 2026-02-03\n### New\n');
    expect(notesOf(cut, '0.2.0')).toBe('### New\n- A door, which\n  opens.');
  });

  it('is not cut where nothing is unreleased, nor for a version that it has', () => {
    const cut = cutRelease(UNRELEASED, '0.2.0', new Date());

    expect(() => cutRelease(cut, '0.3.0', new Date())).toThrow('Nothing is unreleased.');
    expect(() => cutRelease(UNRELEASED, '0.1.0', new Date())).toThrow('released before');
  });

  it('has no notes of a version that was not cut', () => {
    expect(() => notesOf(UNRELEASED, '0.2.0')).toThrow('says nothing of 0.2.0');
  });
});
