/** JSON as it is read well; anything else as it is. */
export function inWords(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
