/**
 * Reads server-sent events as this library's servers write them, each with a name and its data as JSON in one line. Resolves
 * when the stream ends.
 *
 * @param take is given each event as it comes
 */
export async function readEvents(
  stream: ReadableStream<Uint8Array>,
  take: (event: string, data: unknown) => void,
): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    text += decoder.decode(read.value, { stream: true });
    const whole = text.split('\n\n');
    text = whole.pop() ?? '';
    for (const each of whole) {
      const [, event] = /^event: (.*)$/m.exec(each) ?? [];
      const [, data] = /^data: (.*)$/m.exec(each) ?? [];
      // Anything else is a comment that keeps the connection alive.
      if (event !== undefined && data !== undefined) take(event, JSON.parse(data));
    }
  }
}
