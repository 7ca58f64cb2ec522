import { describe, expect, it } from '@jest/globals';
import { adoptingDiff, documentedDiff, linesChanged } from '../../scripts/adopting-diff.js';

describe('an application of `nest new` that adopts the library', () => {
  it('changes 15 lines at most', () => {
    expect(linesChanged(adoptingDiff())).toBeLessThanOrEqual(15);
  });

  it('is shown in docs/adopting.md as it is', () => {
    expect(documentedDiff()).toBe(adoptingDiff());
  });

  it('is counted by what goes and what comes, without names of files and empty lines', () => {
    const diff = '--- a/main.ts\n+++ b/main.ts\n@@ -1,2 +1,3 @@\n kept\n-gone\n+come\n+\n+  --x;\n';

    expect(linesChanged(diff)).toBe(3);
  });
});
