import { STATIC_TEXT } from '../text.js';

/** The element of index.html with this id. */
export function find<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id "${id}".`);
}

/** Makes an element. Text goes in as text, so that nothing a visitor wrote becomes markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Replaces a list's items. The focus stays on the control of the same id, or else on the list. */
export function replaceItems(list: HTMLElement, items: readonly Node[]): void {
  const focused = list.contains(document.activeElement) ? document.activeElement?.id : undefined;
  list.replaceChildren(...items);
  if (focused !== undefined) (document.getElementById(focused) ?? list).focus();
}

/** Fills in the text that `data-text` attributes ask for. */
export function fillStaticText(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = STATIC_TEXT[element.dataset['text'] ?? ''] ?? '';
  }
}
