/**
 * What is refused at the call.
 *
 * @module
 */
import { NotSupportedError, RuntimeError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { refuseInsideLoop } from "../loop/runner.ts";

/** Checks a number of milliseconds: finite, and not below the least. */
export function checkMilliseconds(value: unknown, what: string, where: string, least = -Infinity): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${where} ${describeKind(value)}: the ${what} is a number of milliseconds.`);
  }
  if (!Number.isFinite(value) || value < least) {
    throw new RangeError(
      `Cannot ${where} ${value}: the ${what} is a finite number of milliseconds${least === 0 ? ", not below 0" : ""}.`,
    );
  }
}

/** Checks a number above 0 that bounds something. */
export function checkBound(value: unknown, name: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot take ${describeKind(value)} as ${name}: give a number, or null for no limit.`);
  }
  if (!(value > 0) || value === Infinity) {
    throw new RangeError(`Cannot take ${value} as ${name}: give a number above 0, or null for no limit.`);
  }
}

/** The bound that an option sets: `usual` if it is not given, none if it is null. */
export function boundOf(value: number | null | undefined, usual: number): number {
  return value === undefined ? usual : value ?? Infinity;
}

/** Checks an option that is true or false. */
export function checkFlag(value: unknown, name: string, where: string): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new TypeError(`Cannot call ${where} with ${describeKind(value)} as ${name}: it is true or false.`);
}

/** Refuses what cannot be options, and options that nobody knows. */
export function checkOptionNames(options: object, known: readonly string[], where: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot call ${where} with ${describeKind(options)}: the options are an object.`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new TypeError(`Cannot call ${where}: unknown option "${name}". The options are ${known.join(", ")}.`);
  }
}

/**
 * Refuses what cannot be called again and again, and to run it where nothing can be run on virtual time.
 *
 * @throws {RuntimeError} inside of a running loop, or under timers that are frozen
 */
export function checkProgram(program: unknown, where: string): void {
  refuseInsideLoop(where);
  refuseFrozenTimers(where);
  if (typeof program === "function") return;
  throw new TypeError(
    `Cannot call ${where} with ${describeKind(program)}: it runs its program more than once, so give the generator ` +
      "or async function itself, which makes all of its state anew.",
  );
}

/**
 * Refuses the fake timers of Bun's test runner, under which the host calls nothing back: they stop every timer and every clock, those that
 * were remembered before as well. Those of others, such as sinon, replace the global functions only, which nothing here calls.
 *
 * @throws {RuntimeError} if they are on
 */
export function refuseFrozenTimers(where: string): void {
  const { setTimeout } = globalThis as { setTimeout?: { readonly clock?: unknown } };
  // Bun marks its own function by `true`; a fake one of others has the clock itself there.
  if (setTimeout === undefined || setTimeout.clock !== true) return;
  throw new RuntimeError(
    `Cannot call ${where} while the fake timers of the test runner are on (useFakeTimers()): on Bun they stop the host's ` +
      "own timers, so that no loop goes on. Call useRealTimers() before, and take setTimeout and Date along by " +
      "runVirtual(main, { fakeGlobals: true }).",
  );
}

/** The error of what reaches for the world outside. */
export function noHost(what: string): NotSupportedError {
  return new NotSupportedError(
    `Cannot ${what} in virtual time, which has no sockets, processes, threads or signals. ` +
      "Pass network: new SimulatedNetwork() for sockets in memory, allowHost: true to use what the runtime has, or run the " +
      "program on the real loop with run().",
  );
}
