/**
 * What is wanted, and whether the results reach it.
 *
 * @module
 */
import type { HotFigure } from "../hot_path/compare.ts";
import { bytes, milliseconds, nanoseconds, range, ratio, times } from "./format.ts";
import { SERVE, SMALL } from "../size/bundle.ts";
import { MOST as LIGHT } from "../size/measure.ts";
import type { Results } from "./results.ts";

/** A goal, and what was measured. */
export interface Verdict {
  readonly what: string;
  /** What it was measured on; `"all"` is what is the same everywhere. */
  readonly on: "Deno" | "Bun" | "Node" | "all";
  readonly goal: string;
  readonly reached: string;
  readonly met: boolean;
}

type On = Exclude<Verdict["on"], "Node" | "all">;
const RUNTIMES: readonly On[] = ["Deno", "Bun"];

/** The most that rows may take: nanoseconds, or of the baseline's time. */
const HOT: Record<string, { readonly of: "baseline" | "time"; readonly most: Record<On, number> }> = {
  "switch-1": { of: "baseline", most: { Deno: 1, Bun: 1 } },
  "switch-1000": { of: "baseline", most: { Deno: 1, Bun: 1 } },
  "hand-off": { of: "baseline", most: { Deno: 1, Bun: 1 } },
  create: { of: "time", most: { Deno: 150, Bun: 100 } },
  queue: { of: "time", most: { Deno: 130, Bun: 85 } },
  lock: { of: "time", most: { Deno: 25, Bun: 25 } },
  "call-soon": { of: "baseline", most: { Deno: 0.3, Bun: 1 } },
  "call-later": { of: "time", most: { Deno: 120, Bun: 70 } },
  cancel: { of: "time", most: { Deno: 600, Bun: 500 } },
  "async-task": { of: "time", most: { Deno: 900, Bun: 400 } },
  depth: { of: "baseline", most: { Deno: 1.2, Bun: 1.2 } },
};

/** How many times this module's time a peer takes at least. */
const AHEAD: readonly { readonly shape: string; readonly peer: string; readonly least: Record<On, number> }[] = [
  { shape: "create", peer: "Effect", least: { Deno: 30, Bun: 15 } },
  { shape: "create", peer: "Effection", least: { Deno: 200, Bun: 200 } },
  { shape: "create", peer: "uvloop", least: { Deno: 12, Bun: 12 } },
  { shape: "queue", peer: "Effection", least: { Deno: 10, Bun: 10 } },
];

const MOST = {
  bytes: 430,
  million: { made: { Deno: 1_000, Bun: 700 }, rss: 520e6 },
  p99: { Deno: 5, Bun: 2 },
};

/** Both runs of a row. */
export function bothRuns(results: Results, id: string, on: On): [HotFigure, HotFigure] | null {
  const [first, second] = (results.hot ?? []).map((run) => run.find((figure) => figure.id === id && figure.on === on));
  return first && second ? [first, second] : null;
}

/** Every goal whose part was measured. */
export function judge(results: Results): Verdict[] {
  const verdicts = RUNTIMES.flatMap((
    on,
  ): Verdict[] => [...hotPath(results, on), ...peers(results, on), ...rest(results, on), ...http(results, on)]);
  return [...verdicts, ...sizes(results), ...beside(results)];
}

function* beside({ process = [], executors = [] }: Results): Generator<Verdict> {
  for (const { title, on, goal, ratio: reached, met } of [...process, ...executors]) {
    yield { what: title, on, goal, reached: ratio(reached), met };
  }
}

// The mean of two runs is between them; each run's own figure stands in the table of the hot path.
const mean = (first: number, second: number) => (first + second) / 2;

function* hotPath(results: Results, on: On): Generator<Verdict> {
  for (const [id, { of, most }] of Object.entries(HOT)) {
    const runs = bothRuns(results, id, on);
    if (runs === null) continue;
    const [first, second] = runs;
    if (of === "baseline") {
      const value = mean(first.ratio.median, second.ratio.median);
      const goal = `at most ${most[on]} of \`${first.baselineName}\``;
      yield { what: first.title, on, goal, reached: ratio(value), met: value <= most[on] };
    } else {
      const value = mean(first.module.median, second.module.median);
      yield {
        what: first.title,
        on,
        goal: `at most ${most[on]} ns`,
        reached: nanoseconds(value),
        met: value <= most[on],
      };
    }
  }
}

function* peers({ peers }: Results, on: On): Generator<Verdict> {
  for (const { shape, peer, least } of AHEAD) {
    const table = peers?.tables.find(({ id }) => id === shape);
    const own = table?.figures.find((figure) => figure.name === "this module" && figure.on === on);
    const other = table?.figures.find((figure) => figure.name === peer && (figure.on === on || figure.on === "Python"));
    if (!table || !own || !other) continue;
    const value = other.median / own.median;
    const goal = `${least[on]} times ${peer}`;
    yield { what: table.title, on, goal, reached: times(value), met: value >= least[on] };
  }
}

function* rest({ memory, million, latency, growth }: Results, on: On): Generator<Verdict> {
  const own = memory?.peers.find((peer) => peer.name === "this module" && peer.on === on);
  if (own?.heap !== undefined) {
    const goal = `at most ${MOST.bytes} B`;
    yield { what: "memory of a sleeping task", on, goal, reached: bytes(own.heap), met: own.heap <= MOST.bytes };
  }
  const all = million?.peers.find((peer) => peer.name === "this module" && peer.on === on);
  if (all) {
    const goal = `made in ${MOST.million.made[on] / 1_000} s, under 520 MB, none left`;
    const reached = `${(all.made / 1_000).toFixed(2)} s, ${Math.round(all.rss / 1e6)} MB, ${all.left} left`;
    const met = all.made <= MOST.million.made[on] && all.rss < MOST.million.rss && all.left === 0;
    yield { what: `${million!.count.toLocaleString("en")} tasks asleep`, on, goal, reached, met };
  }
  for (const { what, costs } of growth?.filter((one) => one.on === on && one.what !== "turns of all") ?? []) {
    const [least, most] = [costs[0]!, costs.at(-1)!];
    const logarithm = Math.log2(most.live) / Math.log2(least.live);
    const value = most.median / least.median;
    const goal = `at most ${logarithm.toFixed(1)} times, as the heap's logarithm`;
    const title = `${what} with ${most.live.toLocaleString("en")} live tasks, over ${least.live.toLocaleString("en")}`;
    yield { what: title, on, goal, reached: times(value), met: value <= logarithm };
  }
  const echo = latency?.find((one) => one.on === on);
  if (echo) {
    const goal = `p99 under ${MOST.p99[on]} ms`;
    const what = `socket echo beside ${echo.spinners} spinning tasks`;
    yield { what, on, goal, reached: milliseconds(echo.p99), met: echo.p99 < MOST.p99[on] };
  }
}

function* sizes({ size }: Results): Generator<Verdict> {
  if (!size) return;
  for (const { on, added } of size.imports.filter(({ name }) => name === "this module")) {
    const [value, most] = [added.median, LIGHT.import[on]];
    const goal = `at most ${most} ms of processor time`;
    yield { what: "import", on, goal, reached: milliseconds(value), met: value <= most };
  }
  const { atOnce } = size.modules;
  const goal = `at most ${LIGHT.modules} at once`;
  yield { what: "modules", on: "all", goal, reached: String(atOnce), met: atOnce <= LIGHT.modules };
  for (const [{ name }, most] of [[SMALL, LIGHT.small], [SERVE, LIGHT.serve]] as const) {
    const bundle = size.bundles.find((one) => one.name === name);
    if (!bundle) continue;
    const goal = `at most ${most / 1024} KB gzip at once`;
    const reached = `${(bundle.gzip / 1024).toFixed(1)} KB`;
    yield { what: `bundle of ${name}`, on: "all", goal, reached, met: bundle.gzip <= most };
  }
}

function* http({ http }: Results, on: On): Generator<Verdict> {
  for (const goal of http?.ratios ?? []) {
    if (goal.on !== on || goal.least === undefined) continue;
    const handler = goal.kind === "first" ? "ends in its first step" : "parks once";
    const against = goal.against === on ? "the bare server" : goal.against;
    yield {
      what: `HTTP, the handler ${handler}`,
      on,
      goal: `at least ${goal.least} of ${against}`,
      reached: range(goal, ratio),
      met: goal.median >= goal.least,
    };
  }
  const cpu = (name: string) =>
    http?.figures.find((figure) => figure.on === on && figure.kind === "first" && figure.name === name)?.cpu.median;
  const [own, bare] = [cpu("serve and handler"), cpu("bare")];
  if (own !== undefined && bare !== undefined) {
    const value = own - bare;
    const what = "HTTP, the processor time that a request's task adds";
    yield { what, on, goal: "at most 0.3 µs", reached: `${value.toFixed(2)} µs`, met: value <= 0.3 };
  }
}
