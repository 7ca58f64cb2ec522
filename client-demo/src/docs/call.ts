import { inWords } from './in-words.js';

const LONGEST_MS = 15_000;

/** Sends a form’s request, as the session of this browser. Gives the answer as text. */
export async function call(form: HTMLFormElement): Promise<string> {
  const { method = 'GET', path = '', type = '' } = form.dataset;
  const text = form.querySelector('textarea')?.value;
  const address = path.replace(/:(\w+)/g, (_, name: string) => {
    const field = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    return encodeURIComponent(field?.value ?? '');
  });
  const body = text === undefined ? undefined : { headers: { 'content-type': type }, body: text };
  const signal = AbortSignal.timeout(LONGEST_MS);
  const response = await fetch(address, { method, ...body, redirect: 'manual', signal });
  return `${String(response.status)} ${response.statusText}\n${inWords(await response.text())}`.trim();
}
