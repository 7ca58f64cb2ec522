import { AuditLine } from '../../src/server/audit/audit-line.js';

/** Every line of a log, each of which is JSON. */
export function linesOf(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The lines of its audit log, each of which is as docs/audit.md says. */
export function auditIn(output: string): AuditLine[] {
  return linesOf(output)
    .filter((line) => 'audit' in line)
    .map((line) => AuditLine.parse(line));
}
