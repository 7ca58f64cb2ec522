import type { SessionData } from 'express-session';
import { mergeSession, type SessionFields } from './session-merge.js';

/** Reads a record; null for what is none, which somebody else wrote under a session's key. */
export function decodeSession(json: string): SessionData | null {
  try {
    const data: unknown = JSON.parse(json);
    return typeof data === 'object' && !Array.isArray(data) ? (data as SessionData | null) : null;
  } catch {
    return null;
  }
}

/** {@link mergeSession} of three records. */
export function mergeJson(base: string, mine: string, theirs: string): string {
  const fields = (json: string) => JSON.parse(json) as SessionFields;
  return JSON.stringify(mergeSession(fields(base), fields(mine), fields(theirs)));
}

/** A session's JSON without its cookie, which says how long it lives and not what it is. */
export function contentOf(fields: SessionFields): string {
  return JSON.stringify({ ...fields, cookie: undefined });
}
