/**
 * Who waits for a future, and what runs on each of those.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import type { AnyFuture, AnyTask, Stepper } from "../core/contract.ts";
import { type Future, isFuture } from "../core/future.ts";
import { describeKind } from "../core/repr.ts";
import { runningLoop, runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { awaitersOf, isTask, type Level, levelsOf } from "../core/wait_graph.ts";
import { statedAwaiters } from "./awaited_by.ts";
import { coroutineLines } from "./coroutine_lines.ts";
import { kindOf, NAMELESS, nameOf } from "./names.ts";
import { printable, shownName } from "./printable.ts";
import { pathOf } from "./short_place.ts";
import { parseStack } from "./stack_lines.ts";
import { idOf } from "./ids.ts";

/**
 * One coroutine or function in a {@linkcode FutureCallGraph}.
 *
 * @example What a task waits for
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 * import { captureCallGraph } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const task = createTask(function* work() {
 *     yield* sleep(1);
 *   });
 *   yield* sleep(0);
 *   const [inner, outer] = captureCallGraph(task)!.callStack;
 *   assertEquals([inner?.kind, outer?.kind, outer?.name], ["wait", "generator", "work"]);
 * });
 * ```
 *
 * @category Inspection
 */
export class FrameCallGraphEntry {
  /** The name of the function; for what is waited for in the end its readable form, such as `sleep until in 5 ms`. */
  readonly name: string;
  /** What it is; `"wait"` is what the innermost coroutine waits for, and a plain function is on the stack of the task that runs. */
  readonly kind: "generator" | "async" | "function" | "wait";
  /** The file, as the runtime names it; null where the engine does not tell. */
  readonly file: string | null;
  /** The line in the file, from 1; null where the engine does not tell. */
  readonly line: number | null;

  /** Makes an entry. */
  constructor(
    name: string,
    kind: FrameCallGraphEntry["kind"],
    file: string | null = null,
    line: number | null = null,
  ) {
    this.name = name;
    this.kind = kind;
    this.file = file;
    this.line = line;
    Object.freeze(this);
  }
}

/**
 * A future, what runs on it, and who waits for it.
 *
 * @example The tasks that wait for a task
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 * import { captureCallGraph } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const work = createTask(sleep(1));
 *   const waiter = createTask(function* () {
 *     yield* work;
 *   });
 *   yield* sleep(0);
 *   assertEquals(captureCallGraph(work)?.awaitedBy[0]?.future, waiter);
 * });
 * ```
 *
 * @category Inspection
 */
export class FutureCallGraph {
  /** The future; it may be a task. */
  readonly future: Future<unknown>;
  /** What the task does, innermost first; empty for a future that is no task. */
  readonly callStack: readonly FrameCallGraphEntry[];
  /** The same of each that waits for it. One that is waited for by itself, by way of others, is there with nobody who waits. */
  readonly awaitedBy: readonly FutureCallGraph[];

  /** Makes a graph. */
  constructor(
    future: Future<unknown>,
    callStack: readonly FrameCallGraphEntry[],
    awaitedBy: readonly FutureCallGraph[],
  ) {
    this.future = future;
    this.callStack = Object.freeze([...callStack]);
    this.awaitedBy = Object.freeze([...awaitedBy]);
    Object.freeze(this);
  }
}

/**
 * The options of {@linkcode captureCallGraph} and the two functions that show what it captures.
 *
 * @category Inspection
 */
export interface CallGraphOptions {
  /** How many functions to leave out where the current task runs: 1, the default, begins with the caller, 2 with the caller's. */
  readonly depth?: number | undefined;
  /**
   * How many entries of each stack to keep: a positive number keeps those nearest to what runs, a negative one those farthest from it, 0 none.
   * All by default.
   */
  readonly limit?: number | null | undefined;
}

/**
 * Captures who waits for a task or future, and who waits for those, with what runs on each.
 *
 * Coroutines have their files and lines, and so has all that runs where this is called. Of an async function that waits no engine tells its place:
 * there is its name.
 *
 * @param future the future; by default the current task
 * @returns the graph; null if no future is given and no task runs
 * @throws {RuntimeError} if no future is given and no loop runs
 * @throws {TypeError} if it is not a future, or `depth` or `limit` is not a whole number
 *
 * @example Who waits for me?
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 * import { captureCallGraph } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const inner = createTask(function* () {
 *     yield* sleep(0);
 *     return captureCallGraph()?.awaitedBy.map(({ future }) => future);
 *   });
 *   const outer = createTask(function* () {
 *     return yield* inner;
 *   });
 *   assertEquals(yield* outer, [outer]);
 * });
 * ```
 *
 * @category Inspection
 */
export function captureCallGraph(
  future: Future<unknown> | null = null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  const { depth, limit } = checkOptions(options);
  let asked = future;
  if (asked === null) {
    if (runningLoop() === null) {
      throw new RuntimeError(
        "Cannot capture the call graph: no event loop is running here. Give the future, or call it in a task.",
      );
    }
    asked = runningTask();
    if (asked === null) return null;
  }
  if (!isFuture(asked)) {
    throw new TypeError(`Cannot capture the call graph of ${describeKind(asked)}: give a future or a task.`);
  }
  return graphOf(asked, depth, limit, new Set());
}

/**
 * The same as {@linkcode captureCallGraph} as text, in the layout of CPython's `format_call_graph`.
 *
 * @param future the future; by default the current task
 * @returns the lines; the empty string if no future is given and no task runs
 * @throws {RuntimeError} if no future is given and no loop runs
 * @throws {TypeError} if it is not a future, or `depth` or `limit` is not a whole number
 *
 * @example In a log
 * ```ts
 * import { currentTask, run } from "@loop/asyncio";
 * import { formatCallGraph } from "@loop/asyncio/inspect";
 * import { assertMatch } from "@std/assert";
 *
 * await run(async function main() {
 *   currentTask()!.setName("first");
 *   assertMatch(formatCallGraph(), /\* Task\(name='first', id=0x/);
 * });
 * ```
 *
 * @category Inspection
 */
export function formatCallGraph(future: Future<unknown> | null = null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  if (graph === null) return "";
  const lines: string[] = [];
  formatLevel(graph, 0, lines, []);
  return lines.join("\n");
}

/**
 * Prints what {@linkcode formatCallGraph} returns.
 *
 * @param future the future; by default the current task
 * @param write gets the text; by default it is written by `console.error`
 * @throws {RuntimeError} if no future is given and no loop runs
 * @throws {TypeError} if it is not a future, or `depth` or `limit` is not a whole number
 *
 * @example To a text of one's own
 * ```ts
 * import { run } from "@loop/asyncio";
 * import { printCallGraph } from "@loop/asyncio/inspect";
 * import { assert } from "@std/assert";
 *
 * let text = "";
 * await run(async () => printCallGraph(null, { write: (line) => text += line }));
 * assert(text.includes("* Task(name="));
 * ```
 *
 * @category Inspection
 */
export function printCallGraph(
  future: Future<unknown> | null = null,
  options: CallGraphOptions & {
    /** Gets the text. */
    readonly write?: ((text: string) => void) | undefined;
  } = {},
): void {
  (options.write ?? console.error)(formatCallGraph(future, options));
}

function checkOptions({ depth = 1, limit = null }: CallGraphOptions): { depth: number; limit: number | null } {
  for (const [name, value] of [["depth", depth], ["limit", limit ?? 0]] as const) {
    if (!Number.isInteger(value)) {
      throw new TypeError(
        `Cannot capture the call graph with ${describeKind(value)} as ${name}: give a whole number.`,
      );
    }
  }
  return { depth, limit };
}

function graphOf(
  future: Future<unknown>,
  depth: number,
  limit: number | null,
  path: Set<Future<unknown>>,
): FutureCallGraph {
  const stack = isTask(future) ? stackOf(future as unknown as Task<unknown>, depth) : [];
  const kept = limit === null ? stack : limit > 0 ? stack.slice(0, limit) : limit < 0 ? stack.slice(limit) : [];
  if (path.has(future)) return new FutureCallGraph(future, kept, []);
  path.add(future);
  const awaiters = new Set<Future<unknown>>([
    ...awaitersOf(future as unknown as AnyFuture).map(({ awaiter }) => awaiter as unknown as Future<unknown>),
    ...statedAwaiters(future),
  ]);
  const awaitedBy = [...awaiters].map((awaiter) => graphOf(awaiter, depth, limit, path));
  path.delete(future);
  return new FutureCallGraph(future, kept, awaitedBy);
}

/** What a task does, innermost first. Of several things that an async function awaits at once, the first is on top. */
function stackOf(task: Task<unknown>, depth: number): FrameCallGraphEntry[] {
  const levels: Level[] = [];
  for (let inner = levelsOf(task as unknown as AnyTask); inner.length > 0; inner = (inner[0] as Level).inner) {
    levels.unshift(inner[0] as Level);
  }
  if (task === runningTask()) return runningStack(levels, depth);
  return levels.flatMap(({ of, stepper }) => isTask(of) ? [] : entriesOf(of, stepper));
}

/** A coroutine that waits has the lines of all that it awaits by `yield*`; of the rest there are the names. */
function entriesOf(of: object, stepper: Stepper | null): FrameCallGraphEntry[] {
  const lines = stepper === null ? [] : coroutineLines(stepper).get(of) ?? [];
  if (lines.length === 0) return [new FrameCallGraphEntry(nameOf(of), kindOf(of))];
  return lines.map(({ name, file, line }, index) => {
    const known = name ?? (index === lines.length - 1 ? nameOf(of) : NAMELESS);
    return new FrameCallGraphEntry(known, "generator", file, line);
  });
}

/** The engine's own stack has the lines, from the coroutine that is being stepped on. What awaits that coroutine is known by name alone. */
function runningStack(levels: readonly Level[], depth: number): FrameCallGraphEntry[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = limit;
  const lines = parseStack(stack);
  const stepped = levels.findIndex(({ of }) => kindOf(of) !== "wait");
  const entries = lines.map(({ name, kind, file, line }, index) => {
    const isStepped = index === lines.length - 1 && stepped >= 0;
    return new FrameCallGraphEntry(name, isStepped ? kindOf((levels[stepped] as Level).of) : kind, file, line);
  });
  const below = levels.slice(stepped + 1).flatMap(({ of, stepper }) => entriesOf(of, stepper));
  return [...entries.slice(Math.max(0, depth - 1)), ...below];
}

function formatLevel(graph: FutureCallGraph, level: number, lines: string[], path: Future<unknown>[]): void {
  const add = (line: string) => void lines.push("    ".repeat(level) + line);
  const { future, callStack, awaitedBy } = graph;
  const id = `id=0x${idOf(future).toString(16)}`;
  const ring = path.includes(future) ? " [cycle]" : "";
  if (isTask(future)) add(`* Task(name='${shownName((future as unknown as Task<unknown>).getName())}', ${id})${ring}`);
  else add(`* Future(${id})${ring}`);
  if (callStack.length > 0) {
    add("  + Call stack:");
    for (const { name, kind, file, line } of callStack) {
      const place = file === null ? "" : `File '${printable(pathOf(file))}', line ${line}, `;
      const tag = kind === "function" || kind === "wait" ? "" : `${kind} `;
      add(`  |   ${place}in ${tag}${shownName(name)}${kind === "wait" ? "" : "()"}`);
    }
  }
  if (awaitedBy.length === 0) return;
  add("  + Awaited by:");
  for (const awaiter of awaitedBy) formatLevel(awaiter, level + 1, lines, [...path, future]);
}
