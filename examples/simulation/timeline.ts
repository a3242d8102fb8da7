/**
 * What has happened on a simulated network, as a drawing: a line down for each host, an arrow for each message.
 *
 * @module
 */
import type { NetworkEvent } from "@loop/asyncio/testing";

/** Pixels between two hosts, and for a millisecond. */
const COLUMN = 220;
const MARGIN = 90;
const TOP = 50;

const COLORS: Readonly<Record<string, string>> = {
  send: "#3867d6",
  end: "#a5b1c2",
  connect: "#a5b1c2",
  reset: "#eb3b5a",
  crash: "#eb3b5a",
  start: "#20bf6b",
  note: "#20262e",
  partition: "#fa8231",
  heal: "#20bf6b",
};

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Draws the events of some hosts from a time on, up to the last one.
 *
 * @returns the text of an SVG
 */
export function drawTimeline(events: readonly NetworkEvent[], hosts: readonly string[], from = 0): string {
  const shown = events.filter(({ time, kind, from: host }) => time >= from && hosts.includes(host) && kind in COLORS);
  const last = Math.max(from + 1, ...shown.map(({ time, arrives }) => Math.max(time, arrives ?? time)));
  const scale = Math.max(1, Math.min(8, 2_400 / (last - from)));
  const x = (host: string): number => MARGIN + hosts.indexOf(host) * COLUMN;
  const y = (time: number): number => Math.round(10 * (TOP + 20 + (time - from) * scale)) / 10;
  const [width, height] = [2 * MARGIN + (hosts.length - 1) * COLUMN + 160, y(last) + 40];
  const parts: string[] = [];
  for (const host of hosts) {
    parts.push(`<text x="${x(host)}" y="${TOP - 14}" text-anchor="middle" class="host">${escape(host)}</text>`);
    parts.push(`<line x1="${x(host)}" y1="${TOP}" x2="${x(host)}" y2="${height - 20}" class="life"/>`);
  }
  for (let time = Math.ceil(from / 50) * 50; time <= last; time += 50) {
    parts.push(`<text x="8" y="${y(time) + 4}" class="time">${time} ms</text>`);
  }
  for (const event of shown) parts.push(draw(event, x, y, hosts));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>text{font:12px sans-serif}.host{font-weight:bold}.time{fill:#778}.life{stroke:#ccd}.arrow{stroke-width:1.2}</style>
<rect width="100%" height="100%" fill="#fff"/>
${parts.filter((part) => part !== "").join("\n")}
</svg>
`;
}

function draw(
  { kind, time, from, to, text, arrives }: NetworkEvent,
  x: (host: string) => number,
  y: (time: number) => number,
  hosts: readonly string[],
): string {
  const color = COLORS[kind] as string;
  if (kind === "send" && hosts.includes(to)) {
    const [x1, y1, x2, y2] = [x(from), y(time), x(to), y(arrives ?? time)];
    const tip = x2 > x1 ? -6 : 6;
    return `<path d="M${x1} ${y1}L${x2} ${y2}m${tip} -3l${-tip} 3l${tip} 3" fill="none" stroke="${color}" class="arrow">` +
      `<title>${escape(`${text}, ${time.toFixed(3)} ms`)}</title></path>`;
  }
  if (kind === "send" || kind === "end" || kind === "connect") return "";
  const label = kind === "note" ? text : `${kind}${to === "" ? "" : ` ${to}`}`;
  return `<circle cx="${x(from)}" cy="${y(time)}" r="4" fill="${color}"/>` +
    `<text x="${x(from) + 8}" y="${y(time) + 4}" fill="${color}">${escape(label)}</text>`;
}
