/**
 * Runs a program in virtual time and compares what happened with what is recorded.
 *
 * @module
 */
import { BaseEventLoop, type Coroutine, type Future, gather } from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";
import { type Form, interpreted, Machine } from "./machine.ts";
import type { Entry, Outcome, Program, Recorded } from "./program.ts";
import { showError } from "./values.ts";

/** A run, and the errors that its `try` statements and its exception handler met. */
export interface Run extends Outcome {
  readonly errors: readonly unknown[];
}

/** CPython reports these whenever its garbage collector comes by, so that no trace has them. */
const UNTIMELY = /never (retrieved|read)|shielded future/i;

function* settle(futures: readonly Future<unknown>[]): Coroutine<void> {
  yield* gather(futures, { returnExceptions: true });
}

/** Runs a program on a loop of its own. */
export async function runProgram(program: Program, form: Form = interpreted): Promise<Run> {
  let deadlocked = () => {};
  const deadlock = new Promise<"deadlock">((resolve) => deadlocked = () => resolve("deadlock"));
  const loop = new BaseEventLoop({ adapter: new VirtualAdapter({ onDeadlock: () => deadlocked() }) });
  const machine = new Machine(loop, program, form);
  loop.setExceptionHandler((_loop, report) => {
    machine.errors.push(report.exception);
    if ("exception" in report && !UNTIMELY.test(report.message ?? "")) {
      machine.log(`handler: ${showError(report.exception)}`);
    }
  });

  let running: Promise<void> = Promise.resolve();
  /** Runs the loop until the future is done; says what stopped it before. */
  function drive(future: Future<unknown>): Promise<"deadlock" | undefined> {
    future.addDoneCallback(() => loop.stop());
    running = loop.runForever();
    return Promise.race([running.then(() => undefined), deadlock]);
  }

  const main = loop.createTask(machine.source("main"), { name: "main" });
  machine.bind("main", main);
  let stopped = await drive(main);
  if (stopped === undefined && !machine.limited) {
    const pending = [...machine.bound().values()].filter((future) => !future.done());
    if (pending.length > 0) {
      machine.log("shutdown");
      for (const future of pending) future.cancel();
      stopped = await drive(loop.createTask(settle(pending), { name: "shutdown" }));
    }
  }
  const states = Object.fromEntries([...machine.bound()].map(([name, future]) => [name, machine.state(future)]));
  if (stopped !== undefined) {
    loop.stop();
    await running;
  }
  loop.close();
  const outcome = machine.limited ? "limit" : stopped ?? "finished";
  return { trace: [...machine.trace], states, outcome, errors: machine.errors };
}

/** How a run differs from what is recorded: the first difference in a few readable lines, or null if there is none. */
export function difference(expected: Outcome, actual: Outcome): string | null {
  const length = Math.max(expected.trace.length, actual.trace.length);
  for (let i = 0; i < length; i++) {
    const [wanted, got] = [written(expected.trace[i]), written(actual.trace[i])];
    if (wanted === got) continue;
    const before = expected.trace.slice(Math.max(0, i - 3), i).map((entry) => `      ${written(entry)}`);
    return [...before, `  expected ${wanted}`, `  actual   ${got}`].join("\n");
  }
  if (expected.outcome !== actual.outcome) return `  expected ${expected.outcome}\n  actual   ${actual.outcome}`;
  for (const name of new Set([...Object.keys(expected.states), ...Object.keys(actual.states)])) {
    const [wanted, got] = [expected.states[name], actual.states[name]];
    if (wanted !== got) {
      return `  expected ${name} is ${wanted ?? "not bound"}\n  actual   ${name} is ${got ?? "not bound"}`;
    }
  }
  return null;
}

function written(entry: Entry | undefined): string {
  return entry === undefined ? "(nothing more)" : `${String(entry[0]).padStart(4)} ${entry[1]}`;
}

/** How long a program may take: far more than any needs. An implementation that parks and forgets would take for ever. */
const LIMIT = 20_000;

/** Runs a recorded program and says how it differs, or null. */
export async function check(
  recorded: Recorded,
  form: Form = interpreted,
): Promise<{ difference: string | null; run: Run | null; error?: unknown }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${LIMIT} ms`)), LIMIT);
  });
  try {
    const run = await Promise.race([runProgram(recorded.program, form), late]);
    return { difference: difference(recorded.expected, run), run };
  } catch (error) {
    return { difference: `  the run itself failed: ${error}`, run: null, error };
  } finally {
    clearTimeout(timer);
  }
}
