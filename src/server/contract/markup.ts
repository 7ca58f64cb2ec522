/** As text in HTML, and in its attributes. */
export function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

export const code = (text: string) => `<code>${escape(text)}</code>`;

/** A text in which code stands between backticks. */
export const prose = (text: string) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

/** To a part of the page by its id, such as a schema’s name. */
export const link = (id: string) => `<a href="#${id}">${id}</a>`;

export const json = (value: unknown) => escape(JSON.stringify(value, null, 2));

/** What is searched for an entry of the page. */
export const words = (...texts: readonly string[]) =>
  `data-words="${escape(texts.join(' ').replace(/`/g, '').toLowerCase())}"`;
