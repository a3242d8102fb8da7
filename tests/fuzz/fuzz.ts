/**
 * Runs inputs against a target, and looks after each few of them whether it lives, serves and is as it was.
 *
 * @module
 */
import { eventually, tail } from "../within.ts";
import { send } from "./client.ts";
import { inputOf } from "./corpus.ts";
import { checkService } from "./good_clients.ts";
import { describeInput } from "./input.ts";
import { type RuntimeName, type Stats, Subject } from "./subject.ts";

/** How many inputs come between two looks at the target. */
const BATCH = 48;
/** Milliseconds in which a target has to get over a batch. */
const PATIENCE = 30_000;
/** How many clients there are at once. */
const AT_ONCE = 16;
/** After so many inputs the target is taken as it is: caches are full and code is compiled. */
const WARM_UP = 4 * BATCH;
/** Bytes that a target may have more at the end than after the warm-up. */
const HEAP = 24 * 1024 * 1024;
const RSS = 128 * 1024 * 1024;
/** Bytes that it may have more at any time. */
const PEAK = 400 * 1024 * 1024;

/** What may be reported: what the target does on purpose, and a header that cannot be sent. What a client does is nobody's fault here. */
const EXPECTED =
  /^The handler of \S+ \/\S* failed; the client got a 500: (?:Error: on purpose|TypeError: Cannot answer \S+ \/\S*: the header "x-header" )/;

/** What is run. */
export interface Campaign {
  readonly runtime: RuntimeName;
  readonly seed: number;
  /** The number of the first input; 0 by default. */
  readonly from?: number;
  /** Whether the input is looked for that does it alone, which takes a while; it is by default. */
  readonly explains?: boolean;
  /** Whether there is to be another input after so many. */
  readonly goOn: (inputs: number) => boolean;
}

/** What came of it. */
export interface Outcome {
  readonly inputs: number;
  readonly before: Stats;
  readonly after: Stats;
  readonly peak: number;
  /** What was reported and may be. */
  readonly reports: ReadonlyMap<string, number>;
}

/** A target that did not bear an input. */
export class FuzzError extends Error {
  /** The number of the first input that was not tried. */
  next = 0;
}

/** Runs a campaign. */
export async function fuzz({ runtime, seed, from = 0, explains = true, goOn }: Campaign): Promise<Outcome> {
  const subject = await Subject.start(runtime);
  const reports = new Map<string, number>();
  try {
    await checkService(subject.ports);
    const first = await subject.stats();
    let start = first;
    let before = start;
    let inputs = 0;
    let after = start;
    while (goOn(inputs)) {
      const numbers = Array.from({ length: BATCH }, (_, i) => from + inputs + i);
      try {
        await run(subject, seed, numbers);
        after = await look(subject, start, reports, lost(runtime, seed, numbers));
        start = { ...start, descriptors: Math.max(start.descriptors, after.descriptors) };
      } catch (error) {
        const failure = explains
          ? await explain(runtime, seed, numbers, error as Error)
          : new FuzzError(`${(error as Error).message}\n${batch(runtime, seed, numbers)}`);
        failure.next = from + inputs + BATCH;
        throw failure;
      }
      inputs += BATCH;
      if (inputs <= WARM_UP) before = after;
    }
    const peak = subject.peak();
    checkMemory(before, after, peak);
    const end = await subject.close(after.descriptors > first.descriptors);
    if (end !== "code 0, signal null") throw new FuzzError(`The target ended by ${end}: ${subject.errors}`);
    return { inputs, before, after, peak, reports };
  } finally {
    await subject.kill();
  }
}

/** Sends inputs, some at a time. */
async function run(subject: Subject, seed: number, numbers: readonly number[]): Promise<void> {
  const rest = [...numbers];
  const worker = async () => {
    for (let number = rest.shift(); number !== undefined && subject.over === null; number = rest.shift()) {
      await send(subject.ports, inputOf(seed, number));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Whether it lives, serves, and nothing is left of the clients. */
async function look(subject: Subject, start: Stats, reports: Map<string, number>, mayLose: number): Promise<Stats> {
  try {
    await checkService(subject.ports);
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const end = subject.over === null ? "The target lives, and has said" : `The target has ended by ${subject.over}`;
    throw new FuzzError(`${(error as Error).message}\n${end}: ${tail(subject.errors)}`);
  }
  let stats = start;
  const isBack = async () => {
    stats = await subject.stats();
    for (const [report, times] of stats.reports) reports.set(report, (reports.get(report) ?? 0) + times);
    const descriptors = stats.descriptors - start.descriptors;
    return stats.pending === 0 && stats.tasks.length <= start.tasks.length && descriptors <= mayLose;
  };
  await eventually(
    isBack,
    "the end of what the clients have left",
    () => {
      const { pending, tasks, descriptors } = stats;
      const than = `${start.descriptors} descriptors, ${start.tasks.length} tasks`;
      return `pending ${pending}, ${descriptors} descriptors, ${tasks.length} tasks; before: ${than}.\n${
        tasks.join("\n")
      }`;
    },
    () => new Promise((resolve) => setTimeout(resolve, 20)),
    PATIENCE,
  );
  const strange = [...reports.keys()].filter((report) => !EXPECTED.test(report));
  if (strange.length > 0) throw new FuzzError(`What a client sends was reported:\n${strange.join("\n")}`);
  // A warning, as CPython's, for who writes on and on.
  const complaints = subject.errors.split("\n").filter((line) =>
    line !== "" && !line.includes("is written is dropped.")
  );
  if (complaints.length > 0) throw new FuzzError(`The target has complained: ${complaints.join("\n")}`);
  return stats;
}

/**
 * How many descriptors may be lost for good: on Deno one for each client that resets its connection, also by leaving with something unread,
 * in the moment in which its WebSocket begins. It keeps the process, too. See docs/limits.md.
 */
function lost(runtime: RuntimeName, seed: number, numbers: readonly number[]): number {
  if (runtime !== "deno") return 0;
  return numbers.filter((number) => {
    const { ending, pieces } = inputOf(seed, number);
    return ["reset", "leave", "deaf"].includes(ending) &&
      /upgrade/i.test(pieces.map((piece) => latin1(piece)).join(""));
  }).length;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function checkMemory(before: Stats, after: Stats, peak: number): void {
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const all: [string, number, number][] = [
    ["heap", after.heap - before.heap, HEAP],
    ["memory", after.rss - before.rss, RSS],
    ["most memory", peak - before.rss, PEAK],
  ];
  for (const [what, growth, most] of all) {
    if (growth > most) throw new FuzzError(`The target's ${what} has grown by ${megabytes(growth)}.`);
  }
}

/** Finds the input that does it alone, if there is one. */
async function explain(
  runtime: RuntimeName,
  seed: number,
  numbers: readonly number[],
  error: Error,
): Promise<FuzzError> {
  for (const number of numbers) {
    const alone = await failureAlone(runtime, seed, number);
    if (alone === null) continue;
    return new FuzzError(
      `${alone.message}\nInput ${number} of seed ${seed} does it on ${runtime}: ${
        describeInput(inputOf(seed, number))
      }\n` +
        `Again: deno task fuzz --runtime ${runtime} --seed ${seed} --only ${number}`,
    );
  }
  return new FuzzError(`${error.message}\nNo input does it alone. ${batch(runtime, seed, numbers)}`);
}

/** How to have a batch again. */
function batch(runtime: RuntimeName, seed: number, numbers: readonly number[]): string {
  const which = `Inputs ${numbers[0]} to ${numbers.at(-1)} of seed ${seed} do it on ${runtime}.`;
  const again = `deno task fuzz --runtime ${runtime} --seed ${seed} --from ${numbers[0]} --count ${numbers.length}`;
  return `${which} Again: ${again}`;
}

/** What goes wrong with an input on a target of its own. */
export async function failureAlone(runtime: RuntimeName, seed: number, number: number): Promise<Error | null> {
  const subject = await Subject.start(runtime);
  try {
    await checkService(subject.ports);
    const start = await subject.stats();
    await run(subject, seed, [number]);
    await look(subject, start, new Map(), lost(runtime, seed, [number]));
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    await subject.kill();
  }
}
