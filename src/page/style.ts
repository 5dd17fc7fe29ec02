/** One style for light and dark, wide and narrow. Colours hold a contrast of at least 4.5 to 1. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f8f9; --sheet: #ffffff; --ink: #17222b; --soft: #51606c; --line: #d5dde2; --accent: #0b5d7a;
  --good: #1b6b3a; --good-bg: #e2f3e8; --bad: #a32020; --bad-bg: #fbe6e4; --busy: #0b5d7a; --busy-bg: #e0f0f6;
  --asks: #7d5200; --asks-bg: #fdf0d5; --waiting: #51606c; --waiting-bg: #e9eef1; --idle: #51606c; --idle-bg: #eef1f3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10171c; --sheet: #18222a; --ink: #e4ebf0; --soft: #a3b3bf; --line: #2d3b45; --accent: #7fcbe6;
    --good: #84d8a3; --good-bg: #14301f; --bad: #ff9d94; --bad-bg: #3b1917; --busy: #7fcbe6; --busy-bg: #12303c;
    --asks: #f2c46b; --asks-bg: #38290c; --waiting: #a3b3bf; --waiting-bg: #24313a; --idle: #a3b3bf; --idle-bg: #202c34;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 0.95rem/1.5 system-ui, "Liberation Sans", sans-serif; }
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, pre, .digest { font-family: ui-monospace, "Liberation Mono", monospace; font-size: 0.9em; }
code { overflow-wrap: anywhere; }
small, .quiet { color: var(--soft); font-size: 0.85rem; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100vw; background: var(--sheet); padding: 0.5rem 1rem; z-index: 1; }
.skip:focus { left: 0.5rem; top: 0.5rem; }
.nowrap { white-space: nowrap; }
.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.5rem; padding: 0.7rem 1.5rem; background: var(--sheet); border-bottom: 1px solid var(--line); }
.home { font-weight: 700; font-size: 1.15rem; letter-spacing: 0.01em; text-decoration: none; color: var(--ink); }
.standing { display: flex; flex-wrap: wrap; gap: 0 1.2rem; margin: 0 0 0 auto; color: var(--soft); font-size: 0.85rem; }
main { max-width: 90rem; margin: 0 auto; padding: 0.5rem 1.5rem 3rem; }
nav[aria-label="Where you are"] { margin-top: 0.8rem; color: var(--soft); font-size: 0.9rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.4rem 0 0.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 0.6rem; }
table { width: 100%; border-collapse: collapse; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem; border-top: 1px solid var(--line); overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; }
thead th { border-top: 0; color: var(--soft); font-size: 0.8rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 9rem; max-width: 22rem; }
time { white-space: nowrap; }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 5%, transparent); }
meter { display: block; width: 100%; min-width: 6rem; height: 0.7rem; }
.message { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; max-width: 34rem; }
.message-full { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.3rem 0; }
.badge { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 1rem; font-size: 0.85rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); background: var(--good-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.busy { color: var(--busy); background: var(--busy-bg); }
.asks { color: var(--asks); background: var(--asks-bg); }
.waiting { color: var(--waiting); background: var(--waiting-bg); }
.idle { color: var(--idle); background: var(--idle-bg); }
.badges { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0 0 0.4rem; }
.chips { display: flex; flex-wrap: wrap; gap: 0.4rem; list-style: none; margin: 0 0 0.8rem; padding: 0; }
.chips a { display: block; padding: 0.25rem 0.7rem; border-radius: 1rem; border: 1px solid var(--line); text-decoration: none; }
.chips a:not([class]) { background: var(--sheet); }
.chips a[aria-current] { border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor; }
.filters { display: flex; flex-wrap: wrap; align-items: end; gap: 0.6rem 1rem; margin: 0 0 0.9rem; }
.filters label { display: grid; gap: 0.15rem; color: var(--soft); font-size: 0.85rem; }
.filters .check { display: flex; align-items: center; gap: 0.4rem; padding-bottom: 0.4rem; }
input, select, button, .button { font: inherit; color: var(--ink); background: var(--sheet); border: 1px solid var(--soft); border-radius: 5px; padding: 0.35rem 0.6rem; min-height: 2.2rem; }
.filters .check input { min-height: auto; }
::placeholder { color: var(--soft); opacity: 1; }
button, .button { cursor: pointer; font-weight: 600; text-decoration: none; display: inline-block; }
.filters > a { padding: 0.4rem 0; }
.notice { border: 1px solid var(--asks); background: var(--sheet); border-radius: 6px; padding: 0.1rem 1rem 0.6rem; margin-top: 1.4rem; }
.notice ul { padding: 0; list-style: none; margin: 0; }
.notice li { margin: 0.3rem 0; }
.notice.asking { border-width: 2px; border-left-width: 8px; }
.notice ul ul { padding-left: 1rem; }
.command { display: inline-block; padding: 0.05rem 0.45rem; border-radius: 4px; background: var(--ground); border: 1px solid var(--line); user-select: all; }
.offers { list-style: none; margin: 0.3rem 0; padding: 0; color: var(--soft); font-size: 0.9rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(19.5rem, 1fr)); gap: 0.7rem 1.5rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: 0.9rem 1rem; margin: 0.8rem 0 0; }
.facts dt { color: var(--soft); font-size: 0.8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.timeline { list-style: none; margin: 0; padding: 0 0 0 0.5rem; }
.timeline li { position: relative; border-left: 2px solid var(--line); padding: 0 0 0.7rem 1.1rem; background: none; color: inherit; }
.timeline li::before { content: ""; position: absolute; left: -0.42rem; top: 0.45rem; width: 0.7rem; height: 0.7rem; border-radius: 50%; background: var(--busy); }
.timeline li.bad::before { background: var(--bad); border-radius: 2px; }
.timeline li.good::before { background: var(--good); }
.timeline li.asks::before { background: var(--asks); transform: rotate(45deg); border-radius: 2px; }
.timeline p { margin: 0; }
.timeline p:first-child { color: var(--soft); font-size: 0.85rem; }
.timeline b { color: var(--ink); }
.tasks { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(2.7rem, 1fr)); gap: 3px; margin: 0; padding: 0; }
.tasks a { display: grid; place-items: center; height: 1.9rem; border-radius: 4px; text-decoration: none; font-size: 0.8rem; position: relative; }
.tasks small { color: inherit; font-size: 0.72rem; }
table + details { margin-top: 0.6rem; }
details { background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; margin: 0 0 0.5rem; padding: 0 0.9rem; }
summary { cursor: pointer; font-weight: 600; padding: 0.5rem 0; }
details p { margin: 0 0 0.4rem; }
pre { margin: 0 0 0.9rem; padding: 0.7rem; max-height: 30rem; overflow: auto; background: var(--ground); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 60rem) {
  .standing { margin-left: 0; }
  .top, main { padding-left: 1rem; padding-right: 1rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; border: 0; }
  table { background: none; }
  tr { background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; margin-bottom: 0.7rem; padding: 0.4rem 0.9rem; }
  th, td { padding: 0.2rem 0; display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0.6rem; }
  th::before, td::before { content: attr(data-label); color: var(--soft); font-weight: 400; font-size: 0.85rem; }
  td > *, th > * { grid-column: 2; justify-self: start; }
  td > br, td.none { display: none; }
  .facts { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
  .facts div:has(code) { grid-column: 1 / -1; }
  .filters label:not(.check), .filters input:not([type]), .filters select { width: 100%; }
  .chips a, .tasks a { min-height: 2rem; }
}
@media (prefers-reduced-motion: no-preference) { :root { scroll-behavior: smooth; } }
`;
