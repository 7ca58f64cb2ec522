/** A version 4 UUID. An operation that is sent again under its id is applied only once. */
export function newOperationId(): string {
  // On plain http, other than on localhost, browsers have no randomUUID.
  if (window.isSecureContext) return crypto.randomUUID();
  return '********-****-4***-8***-************'.replace(/\*/g, () => randomDigit().toString(16));
}

function randomDigit(): number {
  const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
  return byte % 16;
}
