import { html } from './html.ts';

/** The page's only style sheet: one column of text, light or dark as the reader's system is, black on white on paper. */
export const style = html`<style>
:root { color-scheme: light dark; --page: #fff; --ink: #1c1f23; --soft: #5b6470; --line: #d9dde2; --then: #6b7380; --then-fill: #c3c9d1; --now: #0b62c4; --bad: #b3261e; --good: #1b7f4b; --open: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --page: #15181c; --ink: #e8eaed; --soft: #a3abb5; --line: #3a4049; --then: #9aa3ae; --then-fill: #4b535e; --now: #6cb2ff; --bad: #ff8a80; --good: #6bd49a; --open: #e6b85c; } }
@media print { :root { color-scheme: light; --page: #fff; --ink: #000; --soft: #444; --line: #bbb; --then: #555; --then-fill: #ccc; --now: #0b4ea2; --bad: #9c1c14; --good: #12633a; --open: #6b4b00; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0.5rem 0; padding-left: 0.8rem; border-left: 0.35rem solid var(--open); font-size: 1.5rem; line-height: 1.3; }
.drift h1 { border-color: var(--bad); }
.no-drift h1 { border-color: var(--good); }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.15rem; }
h3 { margin: 1.5rem 0 0; font-size: 1rem; }
h1, h2, h3, p, dd, li, th { overflow-wrap: anywhere; }
p { margin: 0.4rem 0; }
.soft, figcaption, summary { color: var(--soft); font-size: 0.9rem; }
figure { margin: 0.5rem 0 0; break-inside: avoid; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 32rem; height: auto; }
.key { display: inline-block; width: 1.4em; height: 0.8em; margin: 0 0.25em 0 0.6em; vertical-align: -0.05em; }
.key:first-child { margin-left: 0; }
.key.area { background: var(--then-fill); }
.key.line { height: 0; border-top: 2px solid var(--now); vertical-align: 0.25em; }
.key.hollow { border: 1.5px solid var(--then); }
.key.solid { background: var(--now); }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.5rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child { padding-left: 0; text-align: left; font-weight: normal; }
thead th, thead th:first-child { color: var(--soft); white-space: nowrap; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2rem 1rem; margin: 0.5rem 0; font-size: 0.9rem; }
dt { color: var(--soft); }
dd { margin: 0; }
code { font: 0.85em ui-monospace, monospace; }
@media print { main { max-width: none; padding: 0; } .key, svg { print-color-adjust: exact; } h2, h3 { break-after: avoid; } details { display: none; } svg { min-width: 0; } }
</style>`;
