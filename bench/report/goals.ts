/**
 * What is wanted: the goal of each figure, by the names that the benches give their figures.
 *
 * A goal is what to work towards. What holds a figure is the best so far (`verdicts.ts`): a goal that is missed on every run would hold nothing.
 * Peers and echo servers are compared where a goal says so.
 */
import type { Reached } from "../harness/section.ts";

type On = Reached["on"];

/** The most or the least that is wanted. */
export interface Goal {
  readonly kind: "at most" | "at least";
  /** On each runtime that has a goal. */
  readonly on: (name: On) => number | undefined;
}

const goal = (kind: Goal["kind"]) => (wanted: number | Partial<Record<On, number>>): Goal => ({
  kind,
  on: (name) => typeof wanted === "number" ? wanted : wanted[name],
});
const most = goal("at most");
const least = goal("at least");

const KB = 1024;
const MB = 1e6;

/** The goals: in the unit of the figure, of which times are nanoseconds or milliseconds, and sizes bytes. */
export const GOALS: Readonly<Record<string, Goal>> = {
  "hot/switch-1": most(1),
  "hot/switch-1000": most(1),
  "hot/hand-off": most(1),
  "hot/create": most({ Deno: 150, Bun: 100 }),
  "hot/gather": most(2),
  "hot/queue": most({ Deno: 130, Bun: 100 }),
  "hot/lock": most(25),
  "hot/call-soon": most({ Deno: 0.3, Bun: 1 }),
  "hot/call-later": most({ Deno: 120, Bun: 80 }),
  "hot/cancel": most(600),
  "hot/async-task": most({ Deno: 900, Bun: 400 }),
  "hot/depth": most(1.2),

  "debug/hot": most(4),
  "watched/steps": least(0.95),
  "watched/requests": least(0.95),
  "dump/tree": most(1_000),

  "peers/create/Effect": least({ Deno: 30, Bun: 15 }),
  "peers/create/Effection": least(200),
  "peers/create/uvloop": least(12),
  "peers/queue/Effection": least(10),

  "memory/heap": most(430),
  "million/made": most({ Deno: 1_000, Bun: 700 }),
  "million/rss": most(520 * MB),
  "million/left": most(0),
  // As the logarithm of a heap grows from 1,000 to 1,000,000.
  "growth/switch": most(2),
  "growth/timer": most(2),
  "growth/queue": most(2),
  "testing/hour": most(2_000),
  "testing/explore": most(1_000),
  "testing/explore-async": most(1_000),
  "testing/network": most(5_000),
  "latency/echo": most({ Deno: 5, Bun: 2 }),
  "latency/http": most(20),

  "size/import": most({ Deno: 15, Bun: 16, Node: 40 }),
  "size/modules": most(70),
  "size/small": most(18 * KB),
  "size/serve": most(35 * KB),

  "http/first/bare": least(0.95),
  "http/parks/bare": least({ Deno: 0.8, Bun: 0.85 }),
  "http/first/aiohttp": least(8),
  "http/added": most(0.3),

  "process/talk": most(1.2),
  "process/wait": most(1.2),
  "process/read": most(1.11),
  "process/write": most(1.11),

  "executors/a number": most(1.15),
  "executors/a small object": most(1.15),
  "executors/1 KiB": most(1.15),
  "executors/64 KiB": most(1.15),
  "executors/hashing": least(1.8),

  "net/1 KiB/Deno protocol over Deno bare": least(0.95),
  "net/1 KiB/Deno streams over Deno bare": least(0.85),
  "net/1 KiB/Bun protocol over Bun bare": least(0.95),
  "net/1 KiB/Bun streams over Bun bare": least(0.8),
  "net/1 KiB/Bun protocol over uvloop protocol": least(1),
  "net/1 KiB/Deno streams over uvloop streams": least(1),
  "net/1 KiB/Bun streams over uvloop streams": least(1.3),
  // On Deno the bare server has no memory to allocate: it sends from the buffer that it reads into. A protocol with one buffer can do the same;
  // the others are judged by a bare server that makes an array of each message as well.
  "net/100 KiB/Deno buffered over Deno bare": least(1),
  "net/100 KiB/Deno protocol over Deno copying": least(0.95),
  "net/100 KiB/Deno streams over Deno copying": least(0.95),
  "net/100 KiB/Deno protocol over Deno bare": least(0.75),
  "net/100 KiB/Deno streams over Deno bare": least(0.7),
  "net/100 KiB/Bun protocol over Bun bare": least(0.95),
  "net/100 KiB/Bun streams over Bun bare": least(0.95),
  // A descriptor that is read by the C library costs less than a Deno.Conn.
  "net/1 KiB/Deno selector protocol over Deno bare": least(1.25),
  "net/1 KiB/Deno selector protocol over uvloop protocol": least(1),
  "net/1 KiB/Deno selector streams over uvloop streams": least(1.15),
  "net/1 KiB/Bun selector protocol over Bun protocol": least(1.25),
  "net/1 KiB/Bun selector streams over Bun streams": least(1.25),
  "net/100 KiB/Deno selector buffered over Deno bare": least(1.45),
  "net/100 KiB/Deno selector buffered over uvloop protocol": least(1.1),
  "net/100 KiB/Deno selector protocol over Deno bare": least(0.9),
  "net/ping-pong/Deno selector protocol over Deno bare": least(1),
  "beside/interval/Deno protocol over Deno bare": most(1.3),
  "beside/interval/Deno selector protocol over Deno bare": most(1.3),
  "beside/fetch/Deno protocol over Deno bare": most(1.3),
  "beside/fetch/Deno selector protocol over Deno bare": most(1.3),
  "beside/interval/Bun protocol over Bun bare": most(1.3),
  "beside/interval/Bun selector protocol over Bun bare": most(1.3),
  "beside/fetch/Bun protocol over Bun bare": most(1.3),
  "beside/fetch/Bun selector protocol over Bun bare": most(1.3),
  ...idle("Deno selector protocol", "Deno selector streams", "Bun selector protocol", "Bun selector streams"),
  ...idle("Deno protocol", "Deno streams", "Bun protocol", "Bun streams", "Node protocol", "Node streams"),
};

/** The rest of the names of goals that begin so. */
export function goalsOf(prefix: string): string[] {
  return Object.keys(GOALS).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

function idle(...servers: string[]): Record<string, Goal> {
  const names = servers.flatMap((name) => [1_000, 10_000].map((count) => `idle/${count}/${name}`));
  return Object.fromEntries(names.map((name) => [name, most(8 * KB)]));
}
