/** The server refused something, or did not answer. The message is fit to show. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
