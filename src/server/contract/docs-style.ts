/** Styles of the page; a file of their own, since the page's policy allows no inline style. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --ink: #1b1d24; --page: #fff; --soft: #f2f3f7; --line: #c9ccd6; --accent: #2f4bc0; --danger: #a31b12; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceef4; --page: #121319; --soft: #1e2029; --line: #454957; --accent: #a9bbff; --danger: #ffb4a9; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 2rem 1rem; color: var(--ink); background: var(--page); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav a { display: inline-block; margin-right: 1rem; padding: 0.2rem 0; }
.search { margin-top: 1rem; }
.search p { margin: 0.3rem 0 0; min-height: 1.5em; }
article { border-top: 1px solid var(--line); padding: 0.5rem 0 1rem; }
h3 { margin: 0.5rem 0; font-size: 1rem; overflow-wrap: anywhere; }
p, dd { overflow-wrap: anywhere; }
article p { margin: 0.3rem 0; }
dl { margin: 0.3rem 0; }
dl > div { display: flex; gap: 0.5rem; }
dt { min-width: 5rem; font-weight: 600; }
dd { margin: 0; }
code, pre, textarea { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { margin: 0.3rem 0; padding: 0.6rem; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
pre:empty { padding: 0; }
summary { cursor: pointer; padding: 0.3rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 44rem; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { font-weight: 600; }
.try { margin-top: 0.5rem; }
label { display: block; margin: 0.3rem 0; font-weight: 600; }
input, textarea { display: block; width: 100%; padding: 0.4rem; font-size: 1rem; color: inherit; background: var(--page); border: 1px solid var(--ink); border-radius: 4px; }
button { min-height: 2.25rem; padding: 0.3rem 1rem; font: inherit; color: var(--page); background: var(--accent); border: 0; border-radius: 4px; cursor: pointer; }
button[data-armed] { background: var(--danger); }
`;
