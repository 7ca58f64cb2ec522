import { ask } from './ask.js';
import { call } from './call.js';

/** Has every form of the page send what it says, and show what came of it. */
export function sendForms(): void {
  const example = document.body.dataset['exampleUuid'] ?? '';
  for (const form of document.querySelectorAll<HTMLFormElement>('.try')) {
    const body = form.querySelector('textarea');
    // Each operation needs an id of its own; pages without TLS cannot make one, but for those of this machine.
    if (body && isSecureContext) body.value = body.value.replace(example, crypto.randomUUID());
    const mayGo = secondClick(form);
    let isSending = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (isSending || !mayGo()) return;
      isSending = true;
      void send(form).finally(() => (isSending = false));
    });
    form.hidden = false;
  }
}

async function send(form: HTMLFormElement): Promise<void> {
  const answer = form.querySelector('.answer');
  if (!answer) return;
  answer.textContent = 'Sent; waiting for the answer.';
  try {
    answer.textContent = await (form.dataset['event'] ? ask(form) : call(form));
  } catch (error) {
    answer.textContent = error instanceof Error ? error.message : String(error);
  }
}

/** For what takes something away: tells at the first click that there must be a second, until the button is left. */
function secondClick(form: HTMLFormElement): () => boolean {
  const button = form.querySelector('button');
  if (!button || form.dataset['destructive'] === undefined) return () => true;
  const [text, label] = [button.textContent, button.getAttribute('aria-label') ?? ''];
  const arm = (isArmed: boolean): void => {
    button.toggleAttribute('data-armed', isArmed);
    button.textContent = isArmed ? 'Really send' : text;
    button.setAttribute('aria-label', isArmed ? label.replace(text, 'Really send') : label);
  };
  button.addEventListener('blur', () => arm(false));
  form.addEventListener('input', () => arm(false));
  return () => {
    const wasArmed = button.hasAttribute('data-armed');
    arm(!wasArmed);
    return wasArmed;
  };
}
