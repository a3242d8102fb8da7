/**
 * Script of the live page: the lines that are in sight, the counters, and what is known of the task that is chosen.
 *
 * @module
 */

/** What is drawn of elements. Everything that comes from the program is set as text, never as markup. */
export const TABLE = String.raw`
/** The height of a line, in whole pixels: lines follow the size of text that the browser is set to. */
const ROW = Math.round(1.5 * parseFloat(getComputedStyle(document.documentElement).fontSize)) || 24;
document.documentElement.style.setProperty("--row", ROW + "px");
const element = (id) => document.getElementById(id);
const scroller = element("scroller"), space = element("space");
/** The elements of lines, used again and again: there are no more than are in sight. */
const pool = [];

function cell(row, name, className) {
  const made = document.createElement("span");
  made.className = className;
  made.setAttribute("role", "gridcell");
  row.append(made);
  row.cells[name] = made;
  return made;
}

function makeRow() {
  const row = document.createElement("div");
  row.cells = {};
  row.setAttribute("role", "row");
  const name = cell(row, "name", "name");
  for (const part of ["twisty", "text", "coroutine"]) {
    const made = document.createElement("span");
    made.className = part;
    name.append(made);
    row.cells[part] = made;
  }
  row.cells.twisty.setAttribute("aria-hidden", "true");
  cell(row, "state", "state");
  cell(row, "wait", "wait");
  cell(row, "since", "number");
  cell(row, "ran", "number");
  cell(row, "lane", "lane");
  space.append(row);
  pool.push(row);
  return row;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function sinceOf(task) {
  if (task.end !== null) return duration(Math.max(0, known.now - task.end));
  if (task.state !== "waiting") return "";
  return task.since === null ? "> " + duration(known.now - task.seen) : duration(Math.max(0, known.now - task.since));
}

function waitOf(task) {
  return shown(task.waitsFor) + (task.until === null ? "" : ", " + duration(Math.max(0, task.until - known.now)) + " left");
}

function drawRow(row, line, index) {
  const { task, level, isParent, isRing, isFound } = line;
  const { cells } = row;
  const isChosen = task.id === view.chosen;
  row.className = "row columns " + task.state + (task.end === null ? "" : " over") + (isFound ? " found" : "");
  row.style.top = index * ROW + "px";
  row.hidden = false;
  row.id = "task-" + task.id;
  row.dataset.id = task.id;
  row.setAttribute("aria-level", level + 1);
  row.setAttribute("aria-rowindex", index + 1);
  row.setAttribute("aria-selected", isChosen);
  const isCollapsed = view.collapsed.has(task.id);
  if (isParent) row.setAttribute("aria-expanded", !isCollapsed);
  else row.removeAttribute("aria-expanded");
  // However deep it is, and however narrow the column, half of that is left for the name.
  cells.name.style.paddingLeft = "min(" + (6 + Math.min(level, 30) * 14) + "px, 50%)";
  setText(cells.twisty, isRing ? "\u27f2" : isParent ? (isCollapsed ? "\u25b8" : "\u25be") : "");
  setText(cells.text, shown(task.name));
  setText(cells.coroutine, task.coroutine === task.name || task.coroutine === "<anonymous>" ? "" : shown(task.coroutine));
  cells.name.title = shown(task.name) + (task.made ? "\nmade at " + shown(task.made) : "");
  setText(cells.state, task.cancelling > 0 && task.end === null ? "cancelling" : task.state);
  setText(cells.wait, task.waitsFor === null ? "" : waitOf(task));
  cells.wait.title = cells.wait.textContent;
  setText(cells.since, sinceOf(task));
  setText(cells.ran, task.steps === 0 ? "" : duration(task.ran));
}

function drawRows() {
  const { lines } = view;
  setSize(space, lines.length * ROW);
  // The list may be scrolled to where it has no lines any more.
  const first = Math.max(0, Math.min(lines.length, Math.floor(scroller.scrollTop / ROW)) - 2);
  const last = Math.min(lines.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW) + 2);
  view.inSight = lines.slice(first, Math.min(last, first + 400)).map(({ task }) => task.id);
  for (let index = first; index < last; index++) drawRow(pool[index - first] ?? makeRow(), lines[index], index);
  for (let at = last - first; at < pool.length; at++) {
    pool[at].hidden = true;
    pool[at].removeAttribute("id");
  }
  scroller.setAttribute("aria-rowcount", lines.length);
  const chosen = chosenIndex();
  if (chosen >= first && chosen < last) scroller.setAttribute("aria-activedescendant", "task-" + view.chosen);
  else scroller.removeAttribute("aria-activedescendant");
  const nothing = element("nothing");
  nothing.hidden = lines.length > 0;
  setText(nothing, known.tasks.size === 0 ? "There are no tasks." : "No task is like \u201c" + view.filter + "\u201d.");
}

function setSize(node, height) {
  if (node.style.height !== height + "px") node.style.height = height + "px";
}

function drawCounters() {
  const { counters, rates } = known;
  if (counters === null) return;
  const lag = known.samples.length === 0 ? 0 : known.samples[known.samples.length - 1][1];
  const isSlow = known.hello !== null && lag >= known.hello.slow;
  // Of very many that come and go only some are told.
  const listed = known.tasks.size - known.ended.length;
  const all = [
    ["tasks", amount(counters.tasks)], ...(listed < 0.9 * counters.tasks ? [["listed", amount(listed)]] : []), ["ready", amount(counters.ready)], ["timers", amount(counters.timers)],
    ["transports", amount(counters.sockets)], ["in", size(rates.received ?? 0) + "/s"], ["out", size(rates.sent ?? 0) + "/s"],
    ["steps", amount(rates.steps ?? 0) + "/s"], ["lag", duration(lag), isSlow],
  ];
  const requests = Object.entries(counters.requests);
  if (requests.length > 0) all.push(["requests", amount(rates.requests ?? 0) + "/s"]);
  for (const [outcome, count] of requests) all.push([outcome, amount(count), outcome === "failed" || outcome === "timedOut"]);
  const list = element("counters");
  while (list.children.length > all.length) list.lastChild.remove();
  while (list.children.length < all.length) {
    const pair = document.createElement("div");
    pair.append(document.createElement("dt"), document.createElement("dd"));
    list.append(pair);
  }
  all.forEach(([name, value, isBad], at) => {
    const pair = list.children[at];
    pair.className = isBad ? "bad" : "";
    setText(pair.firstChild, name);
    setText(pair.lastChild, value);
  });
}

function drawDetail() {
  const task = known.tasks.get(view.chosen);
  const list = element("detail");
  const cancel = element("cancel");
  element("hint").hidden = task !== undefined;
  cancel.hidden = task === undefined || task.end !== null || cancel.disabled;
  if (task === undefined) return list.replaceChildren();
  const parent = known.tasks.get(task.parent);
  const pairs = [
    ["Task", shown(task.name) + "  (" + task.id + ")"],
    ["Coroutine", task.coroutine === "coroutine" ? "without a name" : shown(task.coroutine)],
    ["State", task.state + (task.cancelling > 0 && task.end === null ? ", cancelled " + (task.cancelling === 1 ? "once" : task.cancelling + " times") : "")],
    ["Waits for", task.waitsFor === null ? "nothing" : waitOf(task) + ", for " + sinceOf(task).replace("> ", "more than ")],
    ["Made at", task.made === null ? "known in debug mode" : shown(task.made)],
    ["Below", parent === undefined ? "nobody" : shown(parent.name)],
    ["Steps", amount(task.steps) + (task.steps > 0 ? ", " + duration(task.ran / task.steps) + " each" : "")],
    ["Has run", duration(task.ran)],
  ];
  while (list.children.length < 2 * pairs.length) list.append(document.createElement("dt"), document.createElement("dd"));
  pairs.forEach(([name, value], at) => {
    setText(list.children[2 * at], name);
    setText(list.children[2 * at + 1], value);
  });
}
`;
