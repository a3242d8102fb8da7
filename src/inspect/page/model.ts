/**
 * Script of the live page: what it knows of the tasks.
 *
 * @module
 */

/** What it knows, and how a message changes that. */
export const MODEL = String.raw`
/** So long, in milliseconds, the steps of tasks are kept, for the timeline and for what is saved. */
const HISTORY = 60000;
/** So many tasks that have ended are shown, for so long. */
const MOST_ENDED = 300, ENDED_FOR = 10000;
/** Of one task so many steps and waits are kept. */
const MOST_SPANS = 1000;
const STATES = ["running", "ready", "waiting", "done", "failed", "cancelled"];
const END_STATES = new Set(["done", "failed", "cancelled"]);

const known = {
  hello: null,
  /** The loop's clock. */
  now: 0,
  /** When that was told, on the page's clock. */
  told: 0,
  counters: null,
  /** By which the counters have grown in a second. */
  rates: {},
  tasks: new Map(),
  ended: [],
  /** What was counted at each message: time, lag, ready, tasks. */
  samples: [],
  omitted: 0,
  /** Counts the changes of the tree. */
  shape: 0,
};

/** Forgets what is known if it is of another program; returns whether it was. */
function takeHello(hello) {
  const isOther = known.hello !== null && known.hello.program !== hello.program;
  if (isOther) forgetAll();
  known.hello = hello;
  known.now = hello.time;
  known.told = Date.now();
  return isOther;
}

function forgetAll() {
  known.tasks.clear();
  known.ended = [];
  known.samples = [];
  known.counters = null;
  known.shape++;
}

function takeUpdate(update) {
  if (update.full) forgetAll();
  takeCounters(update);
  known.now = update.time;
  known.told = Date.now();
  known.omitted += update.omitted;
  known.samples.push([update.time, update.lag, update.counters.ready, update.counters.tasks]);
  while (known.samples[0][0] < known.now - HISTORY) known.samples.shift();
  for (const told of update.tasks) takeTask(told);
  const { ticks, spans } = update;
  for (let at = 0; at < ticks.length; at += 6) takeTick(ticks[at], STATES[ticks[at + 1]], ...ticks.slice(at + 2, at + 6));
  for (let at = 0; at < spans.length; at += 3) takeSpan(spans[at], spans[at + 1], spans[at + 2]);
  forget();
}

function takeCounters({ time, counters }) {
  const before = known.counters;
  if (before !== null && time > known.now) {
    const seconds = (time - known.now) / 1000;
    for (const name of ["steps", "callbacks", "iterations", "received", "sent"]) {
      known.rates[name] = Math.max(0, counters[name] - before[name]) / seconds;
    }
    const sum = (requests) => Object.values(requests).reduce((all, one) => all + one, 0);
    known.rates.requests = Math.max(0, sum(counters.requests) - sum(before.requests)) / seconds;
  }
  known.counters = counters;
}

function takeTask(told) {
  let task = known.tasks.get(told.id);
  if (task === undefined) {
    task = { spans: [], waits: [], seen: known.now, end: null, parent: null };
    known.tasks.set(told.id, task);
    known.shape++;
  } else if (task.parent !== told.parent) {
    known.shape++;
  }
  if (task.waitsFor && (task.waitsFor !== told.waitsFor || task.since !== told.since)) {
    const { waits } = task;
    waits.push([task.since ?? task.seen, told.since ?? known.now, task.waitsFor]);
    while (waits.length > MOST_SPANS || waits[0]?.[1] < known.now - HISTORY) waits.shift();
  }
  Object.assign(task, told);
  if (END_STATES.has(task.state) && task.end === null) {
    task.end = task.ended ?? known.now;
    known.ended.push(task);
    known.shape++;
  }
}

/** A task has changed in no more than these. */
function takeTick(id, state, hundredths, until, steps, ran) {
  const task = known.tasks.get(id);
  if (task === undefined) return;
  const isWaiting = state === "waiting", isOver = END_STATES.has(state), time = hundredths / 100;
  takeTask({
    id, state, steps, ran: ran / 100, parent: task.parent,
    waitsFor: isWaiting ? "sleep" : null, until: isWaiting && until >= 0 ? until / 100 : null, since: isWaiting && time >= 0 ? time : null, ended: isOver && time >= 0 ? time : null,
  });
}

function takeSpan(id, began, ended) {
  const task = known.tasks.get(id);
  if (task === undefined) return;
  const { spans } = task;
  spans.push(began, ended);
  if (spans.length > 2 * MOST_SPANS || spans[1] < known.now - HISTORY) {
    let first = 0;
    while (first < spans.length && (spans.length - first > 2 * MOST_SPANS || spans[first + 1] < known.now - HISTORY)) first += 2;
    spans.splice(0, first);
  }
}

/** Those that have ended are kept for a while. */
function forget() {
  let gone = 0;
  while (gone < known.ended.length) {
    const task = known.ended[gone];
    if (known.ended.length - gone <= MOST_ENDED && task.end > known.now - ENDED_FOR) break;
    known.tasks.delete(task.id);
    gone++;
  }
  if (gone > 0) {
    known.ended.splice(0, gone);
    known.shape++;
  }
}

/** A text of the program, made fit to be shown: what would move the cursor, turn the text round or hide itself is written out. */
function shown(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (one) => "\\u{" + one.codePointAt(0).toString(16) + "}");
}

function duration(milliseconds) {
  if (milliseconds < 1) return milliseconds.toFixed(2) + " ms";
  if (milliseconds < 1000) return milliseconds.toFixed(milliseconds < 10 ? 1 : 0) + " ms";
  const seconds = milliseconds / 1000;
  if (seconds < 60) return seconds.toFixed(1) + " s";
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes + " min " + Math.floor(seconds % 60) + " s";
  return Math.floor(minutes / 60) + " h " + (minutes % 60) + " min";
}

function amount(number) {
  return number >= 10000 || Number.isInteger(number) ? Math.round(number).toLocaleString("en") : number.toFixed(number < 10 ? 1 : 0);
}

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1024 && unit < 3) {
    bytes /= 1024;
    unit++;
  }
  return (unit === 0 ? Math.round(bytes) : bytes.toFixed(1)) + " " + units[unit];
}
`;
