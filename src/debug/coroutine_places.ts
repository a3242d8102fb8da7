/**
 * Where coroutines and async functions wait.
 *
 * @module
 */
import type { Await } from "../core/await.ts";
import type { AnyCode, Stepper } from "../core/contract.ts";
import { isAsync } from "../core/current.ts";
import type { AsyncRun } from "../core/async_run.ts";
import { lookInto } from "../core/internal.ts";
import { nameInStack } from "../core/repr.ts";
import { Strand } from "../core/strand.ts";
import { outermostCoroutine } from "../core/wait_graph.ts";
import { lazyPlace } from "./lazies.ts";
import { userFrames } from "./frames.ts";

/** Frames that are taken of a coroutine, with those of the module among them. */
const MOST_FRAMES = 100;

/** What is below this line of a stack called for the look, and is no part of the coroutine. */
const BELOW = /^.*~look.*$/m;

/**
 * The frames of each coroutine of a task, or of a part of one, that waits: its own and that of each coroutine that it awaits by `yield*`, innermost
 * first, as `work (file:///main.ts:3:5)`. By `call` a task has several coroutines, the running one first. A stack is taken from inside when it is
 * asked for, and costs some microseconds; nothing is kept for it while tasks run. A task that runs, or is about to, has none.
 *
 * Engines show no stack of an async function that waits. In debug mode the frames of one are known from where it has made what it waits for, if that
 * is one thing and a place was kept of it: of each with `debug: "stacks"`.
 */
export function coroutineFrames(stepper: Stepper): ReadonlyMap<object, readonly string[]> {
  const frames = new Map<object, readonly string[]>();
  const { stackTraceLimit } = Error;
  try {
    lookInto(stepper, (coroutine) => {
      Error.stackTraceLimit = MOST_FRAMES;
      frames.set(coroutine, userFrames(String(new Error().stack).split(BELOW)[0] as string));
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const { _waiter: waiter } = stepper;
  const ofAsync = isAsync(waiter) ? asyncFrames(waiter) : [];
  if (ofAsync.length > 0) frames.set(waiter as object, ofAsync);
  return frames;
}

function asyncFrames(code: AnyCode): readonly string[] {
  const only = code.onlyAwait() as Await | null;
  // By `call` a coroutine may be stepped in the place of the one that was made here.
  const made = only instanceof Strand ? outermostCoroutine(only) : only?.coroutine ?? null;
  const frames = made === null ? [] : lazyPlace(made)?.frames ?? [];
  // V8 shows in the first step of a function also those who await it, which are in the stack of the task by themselves.
  const { functionName } = code as Partial<AsyncRun<unknown>>;
  const own = frames.findIndex((frame) => functionOf(frame) === functionName);
  return own < 0 ? frames : frames.slice(0, own + 1);
}

/** The name of the function of a frame, without that of its object. */
function functionOf(frame: string): string {
  const name = nameInStack(/^(?:async )?(.*?) \(/.exec(frame)?.[1]);
  return name.slice(name.lastIndexOf(".") + 1) || "<anonymous>";
}
