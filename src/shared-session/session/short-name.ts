import { hash } from 'node:crypto';

/** A name for a text of any length and content, from which nobody learns the text: 22 characters of base64url(SHA-256), 132 bits. */
export function shortName(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
