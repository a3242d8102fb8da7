/**
 * What is refused: at a call, since later nobody would know where it came from, and in a coroutine that awaits what it cannot.
 *
 * @module
 */
import type { AnyFuture, AnyTask } from "./contract.ts";
import { current, debugging } from "./current.ts";
import { RuntimeError } from "./errors.ts";
import { describeCoroutine, describeKind, describeValue } from "./repr.ts";
import type { Suspend } from "./suspend.ts";

/** Every name of an interface of options, with what `typeof` says of a boolean or a function; the compiler sees to it that none is left out. */
export type OptionNames<T> = { readonly [K in keyof T]-?: OptionType<Exclude<T[K], undefined>> };

type OptionType<V> = [V] extends [boolean] ? "boolean" : [V] extends [(...args: never) => unknown] ? "function" : true;

/** Refuses what cannot be options: null above all, in whose place no default comes; and an unknown name. */
export function checkOptions(options: unknown, where: string, known: OptionNames<object>): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(options)} as its options: give an object, or leave them out.`,
    );
  }
  checkNames(options, known, `call ${where}()`);
}

/** Refuses an unknown name, and what is no boolean or function where there must be one. One whose value is undefined is left out. */
export function checkNames(options: object, known: OptionNames<object>, what: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (Object.hasOwn(known, name)) {
      const type: unknown = known[name as never];
      if (type === true || typeof value === type) continue;
      throw new TypeError(`Cannot ${what} with ${describeKind(value)} as ${name}: give a ${type}.`);
    }
    throw new TypeError(
      `Cannot ${what} with the unknown option ${JSON.stringify(name)}. The options are ${
        Object.keys(known).join(", ")
      }.`,
    );
  }
}

/** A task that waits for itself would wait for ever. */
export function awaitsItself(task: AnyTask): RuntimeError {
  return new RuntimeError(`${task} cannot await itself: it would never be done. Await it from another task.`);
}

/** A future wakes the tasks of its own loop only. */
export function awaitsForeignFuture(task: AnyTask, future: AnyFuture): RuntimeError {
  return new RuntimeError(
    `${task} cannot await ${future}: it belongs to another loop. Hand its result over with callSoonThreadsafe().`,
  );
}

/** A coroutine yielded by hand. */
export function yieldsByHand(task: AnyTask, value: unknown): RuntimeError {
  const isObject = typeof value === "object" && value !== null;
  let what = "a value that cannot be described";
  let madeAt = "";
  try {
    what = isObject && value.toString === Object.prototype.toString && "next" in value
      ? describeCoroutine(value)
      : isObject && typeof (value as Iterator<unknown>).next === "function"
      ? describeValue(value)
      : describeKind(value);
    if (isObject) madeAt = debugging.hooks?.refused(value) ?? "";
  } catch {
    // A proxy of others may throw at any question; the task has to end all the same.
  }
  return new RuntimeError(
    `${task} yielded ${what}, which is nothing to wait for. Await one thing with yield* (a star), several by gather(), and wrap a promise ` +
      `in fromPromise(); sleep(0) lets others run.${madeAt}`,
  );
}

/**
 * An awaitable that was made for one await got a second one, or was asked for values without being awaited.
 *
 * @returns that it waits still, if somebody looks into the coroutine that awaits it, see `lookInto`
 * @throws {RuntimeError} else
 */
export function awaitedTwice(name: string): IteratorResult<Suspend, never> {
  if (current.look !== null) return current.look();
  // A `for…of`, a spread or a destructuring asks twice in one step; the first answer must not stand for what the task awaits next.
  if (current.parked !== null) throw iterated();
  throw new RuntimeError(
    `Cannot await ${name} twice: it was made for one await, and that has begun. Call the function again, or make a task of it.`,
  );
}

/** A `for…of`, a spread or a destructuring of what was not awaited. What it has parked on is not for what the task awaits next. */
export function iterated(): RuntimeError {
  current.parked = null;
  return new RuntimeError(
    "Cannot iterate over what was not awaited, nor take it apart: its value comes with the await. Write yield* before the call " +
      "(await in an async function): const [reader, writer] = yield* openConnection(host, port).",
  );
}

/** The same of a future that is not done: it may be awaited again and again, but not within one step. */
export function notDone(future: AnyFuture): IteratorResult<Suspend, never> {
  if (current.look !== null) return current.look();
  current.parked = null;
  throw new RuntimeError(
    `Cannot go on from ${future}: it is not done. Await a future with yield* inside a task; do not iterate it or step its coroutine by hand.`,
  );
}

/** A generator function called as a plain callback would do nothing at all, and an async one run unseen. */
export function checkCallback(callback: unknown, where: string): void {
  if (typeof callback === "function" && Object.getPrototypeOf(callback) === Function.prototype) return;
  if (typeof callback !== "function") {
    throw new TypeError(`Cannot ${where}(${describeKind(callback)}): the callback must be a function.`);
  }
  const tag = Object.prototype.toString.call(callback);
  if (tag !== "[object Function]") {
    throw new TypeError(
      `Cannot ${where}(${callback.name}): a generator or async function is not a callback. Make a task of it with createTask().`,
    );
  }
}

/** Refuses a time that is not a number of milliseconds. `what` is the argument's name, `where` the function's. */
export function checkTime(value: unknown, what: string, where: string): void {
  checkMilliseconds(value, what, where, "");
}

/** The same where null stands for no limit. */
export function checkTimeOrNull(value: unknown, what: string, where: string): void {
  if (value !== null) checkMilliseconds(value, what, where, ", or null for no limit");
}

/** Refuses what is no duration, where a property of the loop is set. Returns it. */
export function checkDuration(value: number, name: string): number {
  if (typeof value === "number" && value >= 0) return value;
  const made = typeof value === "number" ? RangeError : TypeError;
  throw new made(`Cannot set ${name} to ${describeKind(value)}: give a number of milliseconds, 0 or more.`);
}

function checkMilliseconds(value: unknown, what: string, where: string, orNull: string): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot ${where}(): the ${what} must be a number of milliseconds${orNull}, not ${describeKind(value)}.`,
    );
  }
  if (Number.isNaN(value)) {
    throw new RangeError(`Cannot ${where}(): the ${what} is NaN. Give a number of milliseconds${orNull}.`);
  }
}
