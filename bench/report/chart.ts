/**
 * The chart of the README: a dot for everybody in everybody's program, on a logarithmic scale.
 */
import type { PeerRow } from "../peers/bench.ts";

/** What is drawn of each program, by its short name. */
const TITLES: Record<string, string> = {
  "switch-1000": "task switch",
  "hand-off": "hand-off by a future",
  create: "create a task, await it",
  queue: "queue, put and get",
  lock: "free lock",
  cancel: "cancel a parked task",
};
/** Everybody, with the colour of the dot on a light ground and on a dark one. */
const COLOURS: Record<string, readonly [light: string, dark: string]> = {
  "this module": ["#d1242f", "#ff7b72"],
  promises: ["#24292f", "#e6edf3"],
  Effect: ["#8250df", "#bc8cff"],
  Effection: ["#0969da", "#58a6ff"],
  uvloop: ["#1a7f37", "#56d364"],
  asyncio: ["#bf8700", "#e3b341"],
};
const classOf = (name: string) => name.replace(/^this /, "");

/** What stands below, a line each. */
const NOTES = [
  "Time of one operation, further left is better; each line to the right is ten times as long.",
  "Who has no dot has no words for that. asyncio and uvloop are the same in both halves. bench/RESULTS.md has the figures.",
];

const WIDTH = 900;
const LABELS = 170;
const PANEL = 330;
const GAP = 48;
const TOP = 84;
const LINE = 34;
/** Nanoseconds at the ends of the scale. */
const LEAST = 10;
const MOST = 100_000;

const dots = (side: 0 | 1) =>
  Object.entries(COLOURS).map(([name, colours]) => `.${classOf(name)} { fill: ${colours[side]}; }`).join(" ");
// The ground is drawn as well: some pages stay white where the reader's system is dark, and light text would be lost there.
const STYLE = `
  .ground { fill: #ffffff; } text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .small { font-size: 11px; fill: #57606a; } .title { font-weight: 600; }
  .grid { stroke: #d0d7de; stroke-width: 1; } .line { stroke: #d0d7de; stroke-width: 2; }
  ${dots(0)}
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; } text { fill: #e6edf3; } .small { fill: #9198a1; } .grid, .line { stroke: #3d444d; }
    ${dots(1)}
  }
`;

/** The chart as SVG, for light and dark; null if peers were not measured. */
export function toChart(rows: readonly PeerRow[] | undefined): string | null {
  if (rows === undefined) return null;
  const tables = rows.filter(({ id }) => id in TITLES);
  const height = TOP + tables.length * LINE + 28 + NOTES.length * 16;
  const body = [
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...legend(rows),
    ...tables.map(({ id }, i) =>
      `<text x="${LABELS - 12}" y="${middle(i) + 4}" text-anchor="end">${TITLES[id]}</text>`
    ),
    ...(["Deno", "Bun"] as const).flatMap((on, i) => [...panel(on, LABELS + i * (PANEL + GAP), tables)]),
    ...NOTES.map((note, i) =>
      `<text class="small" x="${LABELS}" y="${height - 8 - (NOTES.length - 1 - i) * 16}">${note}</text>`
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>Time of one operation of this module, promises, Effect, Effection, uvloop and asyncio, on Deno and on Bun</title>
<style>${STYLE}</style>
${body.join("\n")}
</svg>
`;
}

const middle = (row: number) => TOP + row * LINE + LINE / 2;
const decades = Math.log10(MOST / LEAST);
const position = (left: number, value: number) =>
  left + (PANEL * Math.log10(Math.min(Math.max(value, LEAST), MOST) / LEAST)) / decades;

function* legend(tables: readonly PeerRow[]): Generator<string> {
  let x = LABELS;
  for (const name of Object.keys(COLOURS)) {
    if (!tables.some(({ figures }) => figures.some((figure) => figure.name === name))) continue;
    yield `<circle class="${classOf(name)}" cx="${x + 6}" cy="20" r="6"/><text x="${x + 18}" y="24">${name}</text>`;
    x += 44 + name.length * 7;
  }
}

function* panel(on: "Deno" | "Bun", left: number, tables: readonly PeerRow[]): Generator<string> {
  yield `<text class="title" x="${left}" y="54">${on}</text>`;
  const bottom = TOP + tables.length * LINE;
  for (let decade = 0; decade <= decades; decade++) {
    const value = LEAST * 10 ** decade;
    const x = position(left, value);
    yield `<line class="grid" x1="${x}" y1="${TOP - 6}" x2="${x}" y2="${bottom}"/>`;
    const label = value < 1_000 ? `${value} ns` : `${value / 1_000} µs`;
    yield `<text class="small" x="${x}" y="${TOP - 12}" text-anchor="middle">${label}</text>`;
  }
  for (const [row, { figures }] of tables.entries()) {
    const here = figures.filter((figure) => (figure.on === on || figure.on === "Python") && figure.name in COLOURS);
    if (here.length === 0) continue;
    const xs = here.map(({ median }) => position(left, median));
    yield `<line class="line" x1="${Math.min(...xs).toFixed(1)}" y1="${middle(row)}" x2="${
      Math.max(...xs).toFixed(1)
    }" y2="${middle(row)}"/>`;
    // This module comes last, so that no other dot hides it.
    for (const { name, median } of [...here].reverse()) {
      const radius = name === "this module" ? 7 : 5;
      const label = `${name}, ${Math.round(median).toLocaleString("en")} ns`;
      yield `<circle class="${classOf(name)}" cx="${position(left, median).toFixed(1)}" cy="${
        middle(row)
      }" r="${radius}"><title>${label}</title></circle>`;
    }
  }
}
