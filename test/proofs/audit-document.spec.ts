import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AUDIT_EVENTS, AuditLine } from '../../src/server/audit/audit-line.js';

describe('docs/audit.md', () => {
  const text = readFileSync('docs/audit.md', 'utf8');
  const rows = [...text.matchAll(/^\| `([\w.-]+)` +\|/gm)].map(([, name]) => name);

  it('tells of every field and event, and of no other', () => {
    const told = rows.filter((name) => name !== 'audit');
    const known = [...Object.keys(AuditLine.shape), ...AUDIT_EVENTS];

    expect(told.sort()).toEqual(known.filter((name) => name !== 'audit').sort());
  });

  it('shows a line as it is', () => {
    const [, example = ''] = /```json\n(.*?)```/s.exec(text) ?? [];
    const shown = JSON.parse(example) as Record<string, unknown>;

    const requestId = '5f0c3c1e-7d1f-4f7e-9a52-4a4d3b6a1c11';
    expect(AuditLine.parse({ ...shown, requestId })).toMatchObject({ audit: 'session.ended' });
  });
});
