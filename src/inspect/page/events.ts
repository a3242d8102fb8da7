/**
 * Script of the live page: the connection with the loop, the keys and the buttons.
 *
 * @module
 */

/** What happens, and what follows. It is the last part of the script. */
export const EVENTS = String.raw`
let isDrawing = false, isChanged = true, shapeDrawn = -1;

/** Draws before the screen is shown next. */
function draw(changed) {
  isChanged ||= changed === true;
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    if (isChanged || shapeDrawn !== known.shape || view.filter !== "") buildLines();
    isChanged = false;
    shapeDrawn = known.shape;
    drawRows();
    drawLanes();
    drawCounters();
    drawDetail();
  });
}

function setState(state, text) {
  document.body.dataset.state = state;
  setText(element("state"), text ?? state);
}

/** Says above the tasks what has happened to the loop, or to the way to it. */
function tell(text) {
  const notice = element("notice");
  notice.hidden = text === "";
  setText(notice, text);
}

const at = () => " What you see is how it was at " + shownAt + ".";
let shownAt = "", socket = null;

function setConnected(isConnected) {
  for (const id of ["pause", "cancel"]) element(id).disabled = !isConnected;
}

/** The loop has ended: nothing more will come. */
function end() {
  if (document.body.dataset.state === "ended") return;
  setState("ended");
  tell("The loop has ended." + at());
  document.title = "ended: " + document.title;
  setConnected(false);
  draw(true);
}

function receive(message) {
  if (message.type === "hello") {
    // It may be another program at the same address, whose tasks have the same numbers.
    if (takeHello(message)) startOver();
    tell("");
    setConnected(true);
    attempts = 0;
    looked = "[]";
    if (view.isPaused) send({ type: "pause" });
    setState(view.isPaused ? "paused" : "live");
    setText(element("about"), shown(message.runtime) + (message.pid === null ? "" : ", process " + message.pid));
    document.title = "Event loop " + (message.pid ?? "");
  } else if (message.type === "update") {
    // It was on its way before the loop had heard of the pause; with the end of that everything is told anew.
    if (view.isPaused) return;
    takeUpdate(message);
    shownAt = new Date().toLocaleTimeString();
    look();
  } else end();
  draw();
}

function connect() {
  const address = new URL("live" + location.search, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const opened = socket = new WebSocket(address);
  let isOpened = false;
  opened.onopen = () => isOpened = true;
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  // One that goes away on purpose says so: the message before it may have been lost.
  socket.onclose = ({ code }) => code === 1001 ? end() : lose(isOpened);
}

/** The pauses between attempts to reach a loop that cannot be reached: a second at first, then ever longer. */
const LONGEST_PAUSE = 30;
let attempts = 0, isWaiting = false, retry = 0;

const UNREACHABLE = "The loop cannot be reached. Its program may have ended, be busy, or have been started anew with another address.";

/** Why there is no WebSocket, if the server says it: the browser does not tell. */
async function askWhy() {
  const response = await fetch("live" + location.search);
  if (response.status !== 426) return "The loop cannot be reached. " + (await response.text()).trim();
  return "The loop answers, but no WebSocket comes through. A proxy, or something that was added to the browser, may keep it back.";
}

function lose(isOpened) {
  if (document.body.dataset.state === "ended") return;
  setState("lost");
  setConnected(false);
  const pause = Math.min(LONGEST_PAUSE, 2 ** attempts++);
  const next = Date.now() + pause * 1000;
  clearInterval(retry);
  let why = UNREACHABLE;
  // If it cannot be asked either, it cannot be reached.
  if (!isOpened) askWhy().then((said) => why = said, () => {});
  const count = () => {
    const left = Math.ceil((next - Date.now()) / 1000);
    if (left <= 0) return again();
    tell(why + (shownAt === "" ? "" : at()) + " It is tried again in " + left + " s.");
  };
  retry = setInterval(count, 500);
  isWaiting = true;
  count();
  draw(true);
}

function again() {
  if (!isWaiting) return;
  isWaiting = false;
  clearInterval(retry);
  connect();
}

function send(command) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

let looked = "[]";
/** Tells the loop which tasks are in sight: of very many, others are told by and by. */
function look() {
  const ids = [...new Set(known.tasks.has(view.chosen) ? [view.chosen, ...view.inSight] : view.inSight)];
  const text = JSON.stringify(ids);
  if (text === looked) return;
  looked = text;
  send({ type: "look", ids });
}

function pause() {
  if (element("pause").disabled) return;
  setPaused(!view.isPaused);
  send({ type: view.isPaused ? "pause" : "resume" });
  setState(view.isPaused ? "paused" : "live");
}

function setPaused(isPaused) {
  view.isPaused = isPaused;
  element("pause").setAttribute("aria-pressed", isPaused);
  setText(element("pause"), isPaused ? "Go on" : "Pause");
}

/** Nothing that was done is about a task of this program: who cancels would cancel another one. */
function startOver() {
  view.chosen = null;
  view.collapsed.clear();
  disarm();
  setPaused(false);
}

let armed = 0, disarming = 0;
function disarm() {
  armed = 0;
  clearTimeout(disarming);
  setText(element("cancel"), "Cancel the task");
}

/** Only the second time, soon after the first: a task is not cancelled by a slip of the hand. */
function cancel() {
  const button = element("cancel");
  const task = known.tasks.get(view.chosen);
  if (task === undefined || task.end !== null || element("cancel").disabled) return;
  if (Date.now() - armed > 3000) {
    armed = Date.now();
    setText(button, "Once more to cancel it");
    clearTimeout(disarming);
    disarming = setTimeout(disarm, 3000);
    return;
  }
  disarm();
  send({ type: "cancel", id: view.chosen });
}

function toggleEnded() {
  view.showsEnded = !view.showsEnded;
  element("ended").setAttribute("aria-pressed", view.showsEnded);
  draw(true);
}

function choose(index) {
  const line = view.lines[Math.max(0, Math.min(view.lines.length - 1, index))];
  if (line === undefined) return;
  disarm();
  view.chosen = line.task.id;
  const top = view.lines.indexOf(line) * ROW;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top + ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW - scroller.clientHeight;
  draw();
}

function fold(isIn) {
  const index = chosenIndex();
  if (index < 0) return choose(0);
  const { task, level, isParent } = view.lines[index];
  const isCollapsed = view.collapsed.has(task.id);
  if (!isIn) {
    if (isParent && isCollapsed) setCollapsed(task.id, false);
    else if (isParent) choose(index + 1);
  } else if (isParent && !isCollapsed) setCollapsed(task.id, true);
  else {
    for (let at = index - 1; at >= 0; at--) if (view.lines[at].level < level) return choose(at);
  }
}

function setRange(step) {
  const range = element("range");
  range.selectedIndex = Math.max(0, Math.min(range.options.length - 1, range.selectedIndex + step));
  view.range = Number(range.value);
  draw();
}

const page = () => Math.max(1, Math.floor(scroller.clientHeight / ROW) - 1);
const KEYS = {
  ArrowDown: () => choose(chosenIndex() + 1), ArrowUp: () => choose(Math.max(0, chosenIndex() - 1)),
  PageDown: () => choose(chosenIndex() + page()), PageUp: () => choose(chosenIndex() - page()),
  Home: () => choose(0), End: () => choose(view.lines.length - 1),
  ArrowRight: () => fold(false), ArrowLeft: () => fold(true),
  "/": () => element("filter").focus(), p: pause, o: toggleEnded, e: expandAll, w: collapseAll, c: cancel,
  "+": () => setRange(-1), "-": () => setRange(1), "?": () => element("keys").showModal(),
  Escape: () => setFilter(""),
};

function setFilter(text) {
  element("filter").value = text;
  view.filter = text.trim().toLowerCase();
  scroller.scrollTop = 0;
  draw(true);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || element("keys").open) return;
  const isTyping = event.target === element("filter");
  if (isTyping && event.key !== "Escape" && event.key !== "ArrowDown") return;
  if (event.target instanceof HTMLSelectElement && /^(Arrow|Page|Home|End)/.test(event.key)) return;
  // A key that is held down goes through the tasks, and does all else once: it would confirm its own cancel.
  if (event.repeat && !/^(Arrow|Page|[+-])/.test(event.key)) return;
  const act = KEYS[event.key];
  if (act === undefined) return;
  event.preventDefault();
  if (isTyping) scroller.focus();
  act();
});
element("filter").addEventListener("input", ({ target }) => setFilter(target.value));
space.addEventListener("click", ({ target }) => {
  const row = target.closest(".row");
  if (row === null) return;
  const id = Number(row.dataset.id);
  choose(view.lines.findIndex(({ task }) => task.id === id));
  if (target.classList.contains("twisty") && row.hasAttribute("aria-expanded")) setCollapsed(id, !view.collapsed.has(id));
});
space.addEventListener("dblclick", ({ target }) => {
  const row = target.closest(".row[aria-expanded]");
  if (row !== null) setCollapsed(Number(row.dataset.id), !view.collapsed.has(Number(row.dataset.id)));
});
scroller.addEventListener("scroll", () => draw(), { passive: true });
new ResizeObserver(() => {
  element("head").style.setProperty("--bar-width", scroller.offsetWidth - scroller.clientWidth + "px");
  draw();
}).observe(scroller);
const BUTTONS = {
  pause, ended: toggleEnded, expand: expandAll, collapse: collapseAll, cancel,
  trace: () => save(chromeTrace(), "trace"), json: () => save(everything(), "loop"), help: () => element("keys").showModal(),
  theme() {
    const root = document.documentElement;
    const next = { undefined: "light", light: "dark" }[root.dataset.theme];
    if (next === undefined) delete root.dataset.theme;
    else root.dataset.theme = next;
    setText(element("theme"), "Theme" + (next === undefined ? "" : ": " + next));
    colors = null;
    draw();
  },
};
for (const [id, act] of Object.entries(BUTTONS)) element(id).addEventListener("click", act);
element("range").addEventListener("change", () => setRange(0));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colors = null;
  draw();
});
addEventListener("online", again);
document.addEventListener("visibilitychange", () => document.hidden || again());
setState("connecting");
connect();
draw();
`;
