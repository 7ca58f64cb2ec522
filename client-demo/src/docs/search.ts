/** Shows only entries that have every word of the search in them. Gives what clears it. */
export function searchEntries(): () => void {
  const form = document.querySelector<HTMLFormElement>('.search');
  const field = document.querySelector<HTMLInputElement>('#search');
  const found = document.querySelector('#found');
  const entries = [...document.querySelectorAll<HTMLElement>('.entry')];
  if (!form || !field || !found) return () => undefined;
  const show = (): void => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const entry of entries) {
      entry.hidden = !words.every((word) => entry.dataset['words']?.includes(word));
    }
    for (const section of document.querySelectorAll('section')) {
      section.hidden = !section.querySelector('.entry:not([hidden])');
    }
    const shown = entries.filter(({ hidden }) => !hidden).length;
    found.textContent = field.value ? `${String(shown)} of ${String(entries.length)} shown` : '';
  };
  field.addEventListener('input', show);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
  // A browser that comes back to the page has filled the field in again.
  show();
  return () => {
    field.value = '';
    show();
  };
}
