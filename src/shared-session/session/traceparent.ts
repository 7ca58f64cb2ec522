const FORM = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * A `traceparent` that somebody has sent; null for anything else.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function asTraceparent(sent: unknown): string | null {
  return typeof sent === 'string' && FORM.test(sent) ? sent : null;
}
