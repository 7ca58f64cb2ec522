import { Logger } from '@nestjs/common';
import { SharedSessionConfigError } from '../shared-session.errors.js';

/** What an audit does with what it finds. */
export const AUDIT_MODES = ['strict', 'warn', 'off'] as const;
export type AuditMode = (typeof AUDIT_MODES)[number];

/** One thing that nobody decided about, and what would decide about it. */
export interface Finding {
  readonly what: string;
  readonly remedies: readonly string[];
}

/**
 * Reports all findings at once: as an error that stops the start, as one warning in the log, or not at all.
 *
 * @throws SharedSessionConfigError naming each finding, where the mode is strict
 */
export function reportFindings(findings: readonly Finding[], mode: AuditMode): void {
  if (findings.length === 0 || mode === 'off') return;
  const what = findings.map((finding) => finding.what).join('\n');
  const remedies = new Set(findings.flatMap((finding) => finding.remedies));
  const error = new SharedSessionConfigError(what, [...remedies]);
  if (mode === 'strict') throw error;
  new Logger('Audit').warn(error.message);
}
