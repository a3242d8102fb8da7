/**
 * What stands on the live page before its script runs.
 *
 * @module
 */

/** The body. */
export const MARKUP = String.raw`
<header>
  <h1>Event loop</h1>
  <span id="state" role="status">connecting</span>
  <span id="about"></span>
  <dl id="counters" aria-label="Counters"></dl>
</header>
<div id="bar" role="toolbar" aria-label="What to show">
  <input id="filter" type="search" placeholder="Filter by name, wait or place ( / )" aria-label="Filter" autocomplete="off" spellcheck="false">
  <button id="pause" type="button" aria-pressed="false" title="Stop the page, not the program (p)">Pause</button>
  <button id="ended" type="button" aria-pressed="true" title="Show tasks that have just ended (o)">Ended tasks</button>
  <button id="expand" type="button" title="Expand all (e)">Expand all</button>
  <button id="collapse" type="button" title="Collapse all (w)">Collapse all</button>
  <select id="range" aria-label="Length of the timeline">
    <option value="2000">2 s</option><option value="5000">5 s</option><option value="10000" selected>10 s</option>
    <option value="30000">30 s</option><option value="60000">60 s</option>
  </select>
  <button id="trace" type="button" title="A Chrome trace, which ui.perfetto.dev opens">Save trace</button>
  <button id="json" type="button" title="Everything that the page knows">Save JSON</button>
  <button id="theme" type="button" title="Light, dark, or as the system has it">Theme</button>
  <button id="help" type="button" title="Keys (?)">?</button>
</div>
<p id="notice" role="alert" hidden></p>
<main>
  <div id="head" class="columns">
    <span>Task</span><span>State</span><span>Waits for</span><span class="number">Since</span><span class="number">Has run</span>
    <span class="lane"><canvas id="lag" role="img" aria-label="How long the loop was kept from turning"></canvas></span>
  </div>
  <div id="scroller" role="treegrid" tabindex="0" aria-label="Tasks" aria-readonly="true">
    <div id="lanes"><canvas aria-hidden="true"></canvas></div>
    <div id="space" role="rowgroup"></div>
    <div id="nothing" hidden></div>
  </div>
</main>
<footer>
  <dl id="detail"></dl>
  <span id="hint">Choose a task by the arrow keys or a click. <kbd>?</kbd> shows all keys.</span>
  <button id="cancel" type="button" hidden title="Throws CancelledError where the task waits (c)">Cancel the task</button>
</footer>
<dialog id="keys" aria-label="Keys">
  <table>
    <tr><td><kbd>&uarr;</kbd> <kbd>&darr;</kbd> <kbd>Home</kbd> <kbd>End</kbd></td><td>choose a task</td></tr>
    <tr><td><kbd>&rarr;</kbd> <kbd>&larr;</kbd></td><td>expand, collapse, go to the parent</td></tr>
    <tr><td><kbd>e</kbd> <kbd>w</kbd></td><td>expand all, collapse all</td></tr>
    <tr><td><kbd>/</kbd> <kbd>Esc</kbd></td><td>filter, clear the filter</td></tr>
    <tr><td><kbd>p</kbd></td><td>pause the page, go on</td></tr>
    <tr><td><kbd>o</kbd></td><td>show or hide tasks that have just ended</td></tr>
    <tr><td><kbd>+</kbd> <kbd>-</kbd></td><td>a shorter or longer timeline</td></tr>
    <tr><td><kbd>c</kbd> <kbd>c</kbd></td><td>cancel the task that is chosen</td></tr>
  </table>
  <form method="dialog"><button>Close</button></form>
</dialog>
`;
