/**
 * Script of the live page: the timeline of each line, and that of the loop's lag.
 *
 * @module
 */

/** What is drawn on canvases. */
export const LANES = String.raw`
const lanes = element("lanes").firstElementChild, lagCanvas = element("lag");
let colors = null;

function readColors() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue("--" + name).trim();
  colors = { run: of("run"), wait: of("wait"), slow: of("slow"), line: of("line"), faint: of("faint"), good: of("good"), warn: of("warn") };
}

/** Makes a canvas as large as it is shown, in pixels of the screen. */
function fit(canvas, width, height) {
  const scale = devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
  }
  const brush = canvas.getContext("2d");
  brush.setTransform(scale, 0, 0, scale, 0, 0);
  brush.clearRect(0, 0, width, height);
  return brush;
}

function isSlow(milliseconds) {
  return known.hello !== null && milliseconds >= known.hello.slow;
}

function drawLanes() {
  if (colors === null) readColors();
  const column = document.querySelector("#head .lane").getBoundingClientRect();
  const left = column.left - scroller.getBoundingClientRect().left;
  const width = Math.max(10, column.width - 10);
  const height = scroller.clientHeight;
  lanes.style.left = left + "px";
  const brush = fit(lanes, width, height);
  const { now } = known;
  const start = now - view.range;
  const x = (time) => (time - start) / view.range * width;
  drawGrid(brush, width, height);
  const top = scroller.scrollTop;
  const first = Math.max(0, Math.floor(top / ROW));
  const last = Math.min(view.lines.length, Math.ceil((top + height) / ROW));
  for (let index = first; index < last; index++) drawLane(brush, view.lines[index].task, index * ROW - top, x, start, now, width);
  drawLag(width, column.height, x, start);
}

function drawGrid(brush, width, height) {
  brush.fillStyle = colors.line;
  for (let part = 0; part <= 5; part++) brush.fillRect(Math.min(width - 1, Math.round(width * part / 5)), 0, 1, height);
}

function drawLane(brush, task, y, x, start, now, width) {
  const from = Math.max(start, task.born ?? start), to = task.end ?? now;
  if (to < start) return;
  brush.fillStyle = colors.wait;
  brush.fillRect(x(from), y + ROW / 2 - 1, Math.max(1, x(to) - x(from)), 2);
  const { spans } = task;
  for (let at = spans.length - 2; at >= 0 && spans[at + 1] >= start; at -= 2) {
    const began = Math.max(start, spans[at]), ended = spans[at + 1];
    brush.fillStyle = isSlow(ended - spans[at]) ? colors.slow : colors.run;
    brush.fillRect(x(began), y + ROW / 2 - 7, Math.max(1.5, x(ended) - x(began)), 14);
  }
  if (task.end !== null) {
    brush.fillStyle = { failed: colors.slow, cancelled: colors.warn }[task.state] ?? colors.good;
    brush.beginPath();
    brush.arc(Math.min(width - 3, x(task.end) + 3), y + ROW / 2, 3, 0, 7);
    brush.fill();
  }
}

function drawLag(width, height, x, start) {
  const brush = fit(lagCanvas, width, height);
  const { samples } = known;
  const letters = ROW * 11 / 24;
  brush.font = letters + "px system-ui, sans-serif";
  let before = null;
  for (const [time, lag] of samples) {
    const from = Math.max(0, x(before ?? time - 250));
    before = time;
    if (time < start) continue;
    // A millisecond and a second should both be seen.
    const tall = Math.min(height - 14, Math.log10(1 + lag) / 3.2 * (height - 14));
    brush.fillStyle = isSlow(lag) ? colors.slow : colors.run;
    brush.fillRect(from, height - tall, Math.max(1, x(time) - from - 1), tall);
  }
  brush.fillStyle = colors.faint;
  brush.textBaseline = "top";
  // Each label is some four letters wide.
  for (let part = 0; part < 5; part += width < 23 * letters ? 2 : 1) {
    const ago = view.range * (5 - part) / 5000;
    brush.fillText("-" + (Number.isInteger(ago) ? ago : ago.toFixed(1)) + " s", width * part / 5 + 3, 1);
  }
  brush.fillText("lag of the loop", 3, 1.3 * letters);
}
`;
