/** Opens what a link within the page leads to, and goes there, also when a search has hidden it. */
export function revealTargets(clearSearch: () => void): void {
  const reveal = (hash: string): void => {
    const target = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    if (target.closest('[hidden]')) clearSearch();
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.querySelector('summary')?.focus({ preventScroll: true });
    }
    target.scrollIntoView();
  };
  addEventListener('hashchange', () => reveal(location.hash));
  // A link to where the address is already changes nothing of it.
  document.addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest('a[href^="#"]') : null;
    const hash = link?.getAttribute('href');
    if (hash === location.hash) reveal(hash);
  });
  reveal(location.hash);
}
