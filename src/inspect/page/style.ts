/**
 * How the live page looks, by day and by night.
 *
 * @module
 */

/** The style sheet. */
export const STYLE = String.raw`
:root {
  color-scheme: light dark;
  --back: #ffffff; --raised: #f4f5f7; --line: #dfe2e7; --text: #1c2128; --faint: #5c6675; --accent: #2563c9;
  --run: #2f81f7; --wait: #c3ccd8; --slow: #cf281c; --good: #16803c; --warn: #b25e00; --chosen: #e3edfc;
  /* The script makes whole pixels of it. */
  --row: 1.5rem;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --back: #14171c; --raised: #1d2128; --line: #313843; --text: #e4e8ee; --faint: #98a3b3; --accent: #79b0ff;
  --run: #58a0ff; --wait: #465062; --slow: #ff6257; --good: #52c77a; --warn: #f0a840; --chosen: #22344f;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) {
    --back: #14171c; --raised: #1d2128; --line: #313843; --text: #e4e8ee; --faint: #98a3b3; --accent: #79b0ff;
    --run: #58a0ff; --wait: #465062; --slow: #ff6257; --good: #52c77a; --warn: #f0a840; --chosen: #22344f;
  }
}
:root[data-theme="light"] { color-scheme: light; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body {
  display: flex; flex-direction: column; background: var(--back); color: var(--text);
  font: 0.8125rem/1.4 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
}
header, #bar { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; padding: 8px 14px; background: var(--raised); }
header { border-bottom: 1px solid var(--line); }
h1 { font-size: 0.9375rem; margin: 0; }
#state { font-weight: 600; padding: 1px 9px; border-radius: 10px; color: var(--back); background: var(--faint); }
[data-state="live"] #state { background: var(--good); }
[data-state="paused"] #state { background: var(--warn); }
[data-state="lost"] #state { background: var(--warn); }
[data-state="ended"] #state { background: var(--slow); }
#about { color: var(--faint); }
#counters { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 0 auto; }
#counters div { display: flex; gap: 5px; }
#counters dt { color: var(--faint); }
#counters dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; }
#counters .bad dd { color: var(--slow); }
#bar { border-bottom: 1px solid var(--line); }
#filter { flex: 1 1 220px; max-width: 420px; }
button, input, select {
  font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 6px; padding: 3px 10px;
}
button { cursor: pointer; }
button:hover:enabled { border-color: var(--accent); }
button:disabled { opacity: 0.5; cursor: default; }
button[aria-pressed="true"] { background: var(--chosen); border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#notice { margin: 0; padding: 8px 14px; background: var(--slow); color: var(--back); font-weight: 600; }
[data-state="lost"] #notice { background: var(--warn); }
main { flex: 1 0 15rem; min-height: 0; display: flex; flex-direction: column; }
.columns { display: grid; grid-template-columns: minmax(12rem, 25%) 6.125rem minmax(7.5rem, 21%) 4.625rem 5rem minmax(10rem, 1fr); }
#head { color: var(--faint); border-bottom: 1px solid var(--line); height: 2.625rem; flex: none; padding-right: var(--bar-width, 0px); }
#head > * { align-self: end; padding: 0 6px 4px 14px; white-space: nowrap; overflow: hidden; }
#head > .number { text-align: right; padding-left: 0; }
#head > .lane { padding: 0; align-self: stretch; position: relative; }
#lag { position: absolute; inset: 0; width: 100%; height: 100%; }
#scroller { flex: 1; min-height: 0; overflow-y: scroll; position: relative; }
#space { position: relative; }
#lanes { position: sticky; top: 0; left: 0; display: block; height: 0; overflow: visible; pointer-events: none; z-index: 1; }
#lanes canvas { position: absolute; top: 0; }
.row { position: absolute; left: 0; right: 0; height: var(--row); line-height: var(--row); cursor: default; }
.row > * { padding: 0 6px 0 14px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.row > .number { text-align: right; padding-left: 0; font-variant-numeric: tabular-nums; color: var(--faint); }
.row:hover { background: var(--raised); }
.row[aria-selected="true"] { background: var(--chosen); }
.row .twisty { display: inline-block; width: 16px; color: var(--faint); cursor: pointer; text-align: center; }
.row .wait, .row .state { color: var(--faint); }
.row .coroutine { color: var(--faint); padding-left: 8px; }
.row .state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 4px; margin-right: 6px; background: var(--wait); }
.row.running .state::before, .row.ready .state::before { background: var(--run); }
.row.done .state::before { background: var(--good); }
.row.failed .state::before { background: var(--slow); }
.row.cancelled .state::before { background: var(--warn); }
.row.over { color: var(--faint); }
.row.found .text { text-decoration: underline; text-decoration-color: var(--accent); }
#nothing { padding: 30px; text-align: center; color: var(--faint); }
footer { flex: none; border-top: 1px solid var(--line); background: var(--raised); padding: 8px 14px; min-height: 40px; max-height: 34%; overflow: auto; display: flex; gap: 18px; align-items: start; }
#detail { margin: 0; flex: 1; display: grid; grid-template-columns: max-content minmax(0, 1fr) max-content minmax(0, 1fr); gap: 2px 12px; }
#detail dt { color: var(--faint); }
#detail dd { margin: 0; overflow-wrap: anywhere; }
#hint { color: var(--faint); }
kbd { font: 0.75rem ui-monospace, "Liberation Mono", monospace; border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; background: var(--back); }
dialog { color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 8px; max-width: 560px; }
dialog table { border-spacing: 12px 4px; }
@media (max-width: 50em) {
  .columns { grid-template-columns: minmax(0, 40%) 0 minmax(0, 25%) 0 0 minmax(0, 1fr); }
  .columns > :nth-child(2), .columns > :nth-child(4), .columns > :nth-child(5) { padding: 0; visibility: hidden; }
  #detail { grid-template-columns: max-content minmax(0, 1fr); }
}
@media (forced-colors: active) {
  .row[aria-selected="true"], button[aria-pressed="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
}
`;
