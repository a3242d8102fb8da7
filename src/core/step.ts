/**
 * One step of a task: its coroutine runs up to where it suspends or ends.
 *
 * This is the innermost part of the hot path. A plain resumption goes through {@linkcode step} alone, with nothing
 * allocated; whatever is rarer has its own function.
 *
 * @module
 */
import { CancelledError } from "./errors.ts";
import {
  current as importedCurrent,
  debugging as importedDebugging,
  NEXT_ITERATION as IMPORTED_NEXT_ITERATION,
} from "./current.ts";
import { yieldsByHand } from "./misuse.ts";
import {
  generatorNext as importedGeneratorNext,
  RESUME as IMPORTED_RESUME,
  SUSPEND as IMPORTED_SUSPEND,
  type Suspend,
} from "./suspend.ts";
import type { CoroutineObject, Parkable, Stepper } from "./contract.ts";
import type { TaskHooks } from "./task_options.ts";

// A constant of the own module is folded into the code; an import is loaded from its cell at each use, a tenth of a switch.
const current = importedCurrent;
const debugging = importedDebugging;
const NEXT_ITERATION = IMPORTED_NEXT_ITERATION;
const generatorNext = importedGeneratorNext;
const RESUME = IMPORTED_RESUME;
const SUSPEND = IMPORTED_SUSPEND;

/** The coroutine has taken its first step. */
export const STARTED = 1;
/** A cancel waits to be thrown; its message is in `_value`. */
export const MUST_CANCEL = 2;
/** An error of misuse waits to be thrown; it is in `_value`. */
export const MUST_THROW = 4;
/** Somebody asked for the signal. */
export const HAS_SIGNAL = 8;
/** It ended in its eager first step. */
export const ENDED_EAGERLY = 16;
/**
 * Its coroutine is a generator as the language makes them, whose `next` is known. Looking it up is a third of a switch on Deno, for the
 * generators of each function, and of each closure made of one, inherit from an object of their own.
 */
export const IS_GENERATOR = 32;
/** What it waited for has ended within this step: a cancel that is owed is for what comes next. */
export const SAME_STEP = 64;
/** It has hooks, which may run each of its steps. */
export const HAS_HOOKS = 128;

/** The first of its waiters counts it, see `countTasks`. */
export const COUNTED = 256;

/** What is above the flags of a task, by so many bits: how many cancels were asked for, less those that were taken back. */
const REQUESTS_AT = 9;
const FLAGS = (1 << REQUESTS_AT) - 1;
/** More are not counted: there is no room for them. */
const MOST_REQUESTS = (1 << 20) - 1;

/** The flags that say how a step begins. */
const HOW = FLAGS & ~COUNTED;
/** Those at a plain resumption. */
const RESUMES = STARTED | IS_GENERATOR;

/** How many cancels were asked for, as the flags of a task say it. */
export function requestsIn(flags: number): number {
  return flags >> REQUESTS_AT;
}

/** The flags of a task of which so many cancels are asked for. */
export function withRequests(flags: number, requests: number): number {
  return (flags & FLAGS) | (Math.min(requests, MOST_REQUESTS) << REQUESTS_AT);
}

/** Runs the coroutine of a task, or of a strand, up to where it suspends or ends. */
export function step(task: Stepper): void {
  let coro = task._coro;
  let flags = task._flags;
  const waiter = task._waiter;
  task._waiter = null;
  current.parked = null;
  for (;;) {
    let result: IteratorResult<Suspend, unknown>;
    try {
      result = (flags & HOW) === RESUMES
        ? generatorNext.call(coro, RESUME) as IteratorResult<Suspend, unknown>
        : stepUnusually(task, coro, flags, waiter);
    } catch (error) {
      if (task._call === null) return task._raised(error);
      coro = task._call.ended(task, error, true);
      flags = STARTED;
      continue;
    }
    if (result.done === true) {
      if (task._call === null) return task._returned(result.value);
      coro = task._call.ended(task, result.value, false);
      flags = STARTED;
      continue;
    }
    const parked = current.parked as Parkable | null;
    current.parked = null;
    if (parked === null || result.value !== SUSPEND) return throwNext(task, yieldsByHand(task._root, result.value));
    if (parked === NEXT_ITERATION) return task._loop._schedule(task);
    parked._park(task);
    // A `call` leaves itself in the slot: its coroutine goes on in place of the one that called.
    if (current.parked === null) return;
    current.parked = null;
    coro = task._coro;
    flags = 0;
  }
}

/** The steps that are not plain resumptions: the first one, those that throw something in, and all that run inside of something. */
function stepUnusually(
  task: Stepper,
  coro: CoroutineObject<unknown>,
  flags: number,
  waiter: Parkable | null,
): IteratorResult<Suspend, unknown> {
  if ((task._flags & HAS_HOOKS) !== 0) {
    const { aroundStep } = task._root._name as TaskHooks;
    if (aroundStep !== null) return aroundStep(() => resume(task, coro, flags, waiter));
  }
  return resume(task, coro, flags, waiter);
}

function resume(
  task: Stepper,
  coro: CoroutineObject<unknown>,
  flags: number,
  waiter: Parkable | null,
): IteratorResult<Suspend, unknown> {
  task._flags |= STARTED;
  if ((flags & SAME_STEP) !== 0) task._flags &= ~SAME_STEP;
  else if ((flags & (MUST_CANCEL | MUST_THROW)) !== 0) {
    const value = task._value;
    task._value = undefined;
    task._flags &= ~(MUST_CANCEL | MUST_THROW);
    if ((flags & MUST_THROW) !== 0) {
      return debugging.hooks?.misused(coro, value as Error) ?? throwMisuse(coro, value as Error);
    }
    // The wait may have ended cancelled as well; then that very error goes in.
    if (waiter === null || !waiter._endedCancelled()) {
      return coro.throw(new CancelledError(value as string | undefined));
    }
  }
  const isFirst = (flags & STARTED) === 0;
  if ((flags & IS_GENERATOR) !== 0) {
    return generatorNext.call(coro, isFirst ? undefined : RESUME) as IteratorResult<Suspend, unknown>;
  }
  return isFirst ? coro.next() : coro.next(RESUME);
}

/**
 * An array, a text and other iterables that no coroutine should await cannot be thrown at: the engine has an error of its own for that, made where
 * the coroutine is.
 */
export function throwMisuse(coro: CoroutineObject<unknown>, error: Error): IteratorResult<Suspend, unknown> {
  try {
    return coro.throw(error);
  } catch (thrown) {
    if (!/^TypeError.*'throw' method/.test(String(thrown))) throw thrown;
    error.stack = `${error}${String((thrown as Error).stack).replace(/^.*/, "")}`;
    throw error;
  }
}

/** Notes what the task steps from now on. */
export function takeCoroutine(task: Stepper, coro: CoroutineObject<unknown>): void {
  task._coro = coro;
  if (coro.next === generatorNext) task._flags |= IS_GENERATOR;
  else task._flags &= ~IS_GENERATOR;
}

/** Throws an error of misuse into a task at its next step. */
export function throwNext(task: Stepper, error: Error): void {
  if ((task._flags & MUST_CANCEL) === 0) {
    task._flags |= MUST_THROW;
    task._value = error;
  }
  task._loop._schedule(task);
}
