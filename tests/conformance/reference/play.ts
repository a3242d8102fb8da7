/**
 * Runs a random program in a world and writes down what happened.
 *
 * @module
 */
import { CancelledError, type Coroutine } from "../../../mod.ts";
import type { RandomProgram, Step } from "./random_program.ts";
import type { AnyFuture, AnyTask, World } from "./world.ts";

const STEP_LIMIT = 5_000;

/** What a program throws on its own account. */
class Failure extends Error {}

/** Ends a coroutine from within a block. */
class Return {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** No `try` of a program catches it. */
class StepLimit extends Error {}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof Failure || value instanceof CancelledError) return `${value.constructor.name}(${value.message})`;
  if (value instanceof Error) return value.constructor.name;
  return String(value);
}

/** Gathered futures stand under tasks' names, so a name does not tell. */
function isTask(future: AnyFuture): future is AnyTask {
  return "cancelling" in future;
}

/** Runs the program; the trace ends with how the run ended and what became of everything. */
export async function play(world: World, program: RandomProgram): Promise<string[]> {
  const trace: string[] = [];
  const futures = new Map<string, AnyFuture>();
  const handles = new Map<string, { cancel(): void }>();
  const callbacks = new Map<string, (future: AnyFuture) => void>();
  let count = 0;

  const log = (text: string) => trace.push(`${world.time()} ${text}`);
  const say = (text: string) => log(`${world.me()}: ${text}`);

  function state(future: AnyFuture): string {
    if (!future.done()) return "pending";
    if (future.cancelled()) return "cancelled";
    const error = future.exception();
    return error ? `raised ${show(error)}` : `done ${show(future.result())}`;
  }

  function callback(label: string): (future: AnyFuture) => void {
    let made = callbacks.get(label);
    if (made === undefined) {
      made = (future) => log(`callback ${label}: ${state(future)}`);
      callbacks.set(label, made);
    }
    return made;
  }

  function* body(index: number): Coroutine<unknown> {
    const ended = yield* block(program[index] ?? []);
    return ended?.value;
  }

  function* block(steps: readonly Step[]): Coroutine<Return | undefined> {
    for (const step of steps) {
      if (++count > STEP_LIMIT) throw new StepLimit();
      const ended = yield* perform(step);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  function* attempt(step: Step & { do: "try" }): Coroutine<Return | undefined> {
    try {
      return yield* block(step.steps);
    } catch (error) {
      const cancelled = error instanceof CancelledError;
      const taken = step.catches === "all" || (step.catches === "cancelled" && cancelled) ||
        (step.catches === "errors" && !cancelled);
      if (!taken || error instanceof StepLimit) throw error;
      say(`caught ${show(error)}`);
      return yield* block(step.then);
    } finally {
      yield* block(step.finally);
    }
  }

  /** What is done to a bound future. */
  function* use(step: Step & { name: string }, future: AnyFuture): Coroutine<undefined> {
    switch (step.do) {
      case "await":
        say(`${step.name} = ${show(yield* world.wait(future))}`);
        break;
      case "inspect": {
        const requests = isTask(future) ? ` after ${future.cancelling()} requests` : "";
        say(`${step.name} is ${state(future)}${requests}`);
        break;
      }
      case "uncancel":
        if (isTask(future)) say(`uncancel ${step.name}: ${future.uncancel()}`);
        break;
      case "cancel":
        say(`cancel ${step.name}: ${step.message === undefined ? future.cancel() : future.cancel(step.message)}`);
        break;
      case "settle":
        future.setResult(count);
        break;
      case "fail":
        future.setException(new Failure(`set ${count}`));
        break;
      case "settleLater": {
        const value = count;
        world.callLater(step.delay, () => future.setResult(value));
        break;
      }
      case "callback":
        (future as AnyTask).addDoneCallback(callback(step.label));
        break;
      case "removeCallback":
        say(`removed ${(future as AnyTask).removeDoneCallback(callback(step.label))} of ${step.label}`);
        break;
    }
    return undefined;
  }

  function* perform(step: Step): Coroutine<Return | undefined> {
    switch (step.do) {
      case "note":
        say(step.text);
        break;
      case "sleep":
        yield* world.sleep(step.delay);
        break;
      case "spawn":
        futures.set(step.name, world.createTask(body(step.body), step.name, step.eager));
        break;
      case "call":
        say(`called: ${show(yield* body(step.body))}`);
        break;
      case "future":
        futures.set(step.name, world.createFuture());
        break;
      case "gather": {
        const children = step.names.flatMap((name) => futures.get(name) ?? []);
        futures.set(step.into, world.gather(children, step.all));
        break;
      }
      case "callSoon":
        handles.set(step.handle, world.callSoon(() => log(`soon ${step.label}`)));
        break;
      case "throwSoon":
        world.callSoon(() => {
          throw new Failure(step.label);
        });
        break;
      case "callLater":
        handles.set(step.handle, world.callLater(step.time, () => log(`later ${step.label}`)));
        break;
      case "callAt":
        handles.set(step.handle, world.callAt(step.time, () => log(`at ${step.label}`)));
        break;
      case "cancelHandle":
        handles.get(step.handle)?.cancel();
        break;
      case "throw":
        throw new Failure(step.text);
      case "return":
        return new Return(step.value);
      case "repeat":
        for (let i = 0; i < step.times; i++) {
          const ended = yield* block(step.steps);
          if (ended !== undefined) return ended;
        }
        break;
      case "try":
        return yield* attempt(step);
      default: {
        const future = futures.get(step.name);
        if (future !== undefined) yield* use(step, future);
      }
    }
    return undefined;
  }

  world.onError((error) => log(`handler: ${show(error)}`));
  const main = world.createTask(body(0), "main", false);
  futures.set("main", main);
  trace.push(await world.run(main));
  for (const [name, future] of futures) trace.push(`${name} is ${state(future)}`);
  return trace;
}
