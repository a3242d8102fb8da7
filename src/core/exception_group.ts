/**
 * Several errors at once.
 *
 * @module
 */
import { errorClasses } from "./errors.ts";
import { describeKind, describeValue } from "./repr.ts";

/**
 * Matches errors of an {@linkcode ExceptionGroup}: a class of errors, an array of classes, or a function that is called
 * with the group itself, each group inside, and each error.
 *
 * @category Errors
 */
export type ExceptionCondition =
  | (abstract new (...args: never[]) => Error)
  | readonly (abstract new (...args: never[]) => Error)[]
  | ((error: unknown) => boolean);

/**
 * Several errors at once, such as those of the tasks of a group. Groups can be nested; {@linkcode ExceptionGroup.split}
 * separates the errors that can be handled from the others, and keeps the nesting.
 *
 * @example Handle some of the errors
 * ```ts
 * import { ExceptionGroup, run, sleep, taskGroup } from "@loop/asyncio";
 * import { assert, assertEquals } from "@std/assert";
 *
 * try {
 *   await run(() =>
 *     taskGroup(function* (group) {
 *       group.createTask(function* () {
 *         throw new RangeError("too far");
 *       });
 *       yield* sleep(1_000);
 *     })
 *   );
 * } catch (error) {
 *   assert(error instanceof ExceptionGroup);
 *   const [handled, rest] = error.split(RangeError);
 *   assertEquals(handled?.errors.length, 1);
 *   if (rest !== null) throw rest;
 * }
 * ```
 *
 * @category Errors
 */
export class ExceptionGroup extends AggregateError {
  /**
   * Makes a group of at least one error. A thrown value that is not an Error is kept as it is.
   *
   * @throws {TypeError} if the message is not a string, or there is no error
   */
  constructor(message: string, errors: Iterable<unknown>, options?: ErrorOptions) {
    if (typeof message !== "string") {
      throw new TypeError(`Cannot make an ExceptionGroup with ${describeKind(message)} as its message: give a string.`);
    }
    const list = [...errors];
    if (list.length === 0) {
      throw new TypeError("Cannot make an ExceptionGroup of no errors: give at least one, or throw nothing.");
    }
    super(list, message, options);
  }

  /** The errors: another name of `errors`, as CPython calls them. */
  get exceptions(): readonly unknown[] {
    return this.errors;
  }

  /**
   * Splits the group: returns a group of the errors that the condition matches, and one of the others, both nested as this
   * one is; null in place of an empty group.
   *
   * @throws {TypeError} if it is not a condition
   *
   * @example What can be handled, and the rest
   * ```ts
   * import { ExceptionGroup } from "@loop/asyncio";
   * import { assertEquals } from "@std/assert";
   *
   * const group = new ExceptionGroup("both", [new RangeError("a"), new TypeError("b")]);
   * const [ranges, others] = group.split(RangeError);
   * assertEquals([ranges?.errors.length, others?.errors.length], [1, 1]);
   * ```
   */
  split(condition: ExceptionCondition): [ExceptionGroup | null, ExceptionGroup | null] {
    return this.#split(toPredicate(condition));
  }

  /**
   * Returns a group of the errors that the condition matches, nested as this one is, or null if no error matches.
   *
   * @throws {TypeError} if it is not a condition
   *
   * @example Only the timeouts
   * ```ts
   * import { ExceptionGroup, TimeoutError } from "@loop/asyncio";
   * import { assertEquals } from "@std/assert";
   *
   * const group = new ExceptionGroup("all", [new TimeoutError("late"), new ExceptionGroup("inner", [new Error("other")])]);
   * assertEquals(group.subgroup(TimeoutError)?.errors.length, 1);
   * ```
   */
  subgroup(condition: ExceptionCondition): ExceptionGroup | null {
    return this.#split(toPredicate(condition))[0];
  }

  /** Makes a group of other errors with the message of this one. A subclass with more fields overrides it. */
  derive(errors: readonly unknown[]): ExceptionGroup {
    return new ExceptionGroup(this.message, errors);
  }

  /**
   * Returns the group as a tree: a line for each error, with its own errors below it, indented.
   *
   * @example A readable form
   * ```ts
   * import { ExceptionGroup } from "@loop/asyncio";
   * import { assertEquals } from "@std/assert";
   *
   * const group = new ExceptionGroup("outer", [new ExceptionGroup("inner", [new RangeError("a")]), new Error("b")]);
   * assertEquals(
   *   group.format(),
   *   "ExceptionGroup: outer (2 errors)\n  ExceptionGroup: inner (1 error)\n    RangeError: a\n  Error: b",
   * );
   * ```
   */
  format(): string {
    return formatTree(this, describeError).join("\n");
  }

  /** The name and message of the group, with the number of its errors. */
  override toString(): string {
    return describeError(this);
  }

  #split(chosen: (error: unknown) => boolean): [ExceptionGroup | null, ExceptionGroup | null] {
    if (chosen(this)) return [this, null];
    const matching: unknown[] = [];
    const others: unknown[] = [];
    for (const error of this.errors) {
      if (error instanceof ExceptionGroup) {
        const [some, rest] = error.#split(chosen);
        if (some !== null) matching.push(some);
        if (rest !== null) others.push(rest);
      } else {
        (chosen(error) ? matching : others).push(error);
      }
    }
    return [this.#derived(matching), this.#derived(others)];
  }

  /** A group that stands where this one stood: thrown at the same place, for the same cause. */
  #derived(errors: readonly unknown[]): ExceptionGroup | null {
    if (errors.length === 0) return null;
    const group = this.derive(errors);
    if (this.cause !== undefined) group.cause = this.cause;
    if (this.stack !== undefined) group.stack = this.stack;
    return group;
  }
}

function describeStack(this: ExceptionGroup): string {
  return formatStacks(this, "", new Set()).join("\n");
}

for (
  const [key, value] of [
    ["name", "ExceptionGroup"],
    // As the other errors of this module, see `errors.ts`.
    ["~own", true],
    // The hosts' own form of an AggregateError leaves out the group's message, or what is nested deep.
    [Symbol.for("nodejs.util.inspect.custom"), describeStack],
    [Symbol.for("Deno.customInspect"), describeStack],
  ] as const
) {
  Object.defineProperty(ExceptionGroup.prototype, key, { value, writable: true, configurable: true });
}

// Lazy parts find it there: a program that does not use it is bundled without it.
errorClasses.set("ExceptionGroup", ExceptionGroup);

function toPredicate(condition: ExceptionCondition): (error: unknown) => boolean {
  if (Array.isArray(condition) && condition.every(isErrorClass)) {
    return (error) => condition.some((type) => error instanceof type);
  }
  if (isErrorClass(condition)) return (error) => error instanceof condition;
  if (typeof condition === "function") return condition as (error: unknown) => boolean;
  throw new TypeError(
    `Cannot split an ExceptionGroup by ${describeKind(condition)}: ` +
      "give a class of errors, an array of them, or a function.",
  );
}

function isErrorClass(value: unknown): value is abstract new (...args: never[]) => Error {
  return value === Error || (typeof value === "function" && value.prototype instanceof Error);
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return describeValue(error);
  const text = error.message === "" ? error.name : `${error.name}: ${error.message}`;
  if (!(error instanceof ExceptionGroup)) return text;
  return `${text} (${error.errors.length} ${error.errors.length === 1 ? "error" : "errors"})`;
}

/** As hosts print errors: with stacks and causes, which their own form of what is nested here would leave out. */
function formatStacks(error: unknown, indent: string, around: Set<unknown>): string[] {
  const text = (error instanceof Error && error.stack) || describeError(error);
  if (around.has(error)) return [`${indent}${describeError(error)} [circular]`];
  const lines = text.split("\n").map((line) => indent + line);
  if (!(error instanceof Error)) return lines;
  around.add(error);
  for (const inner of innerErrors(error)) lines.push(...formatStacks(inner, indent + "  ", around));
  if (error.cause !== undefined) {
    const [first = "", ...rest] = formatStacks(error.cause, indent, around);
    lines.push(`${indent}Caused by: ${first.slice(indent.length)}`, ...rest);
  }
  around.delete(error);
  return lines;
}

function innerErrors(error: Error): readonly unknown[] {
  if (error instanceof AggregateError) return error.errors;
  return error instanceof SuppressedError ? [error.error, error.suppressed] : [];
}

function formatTree(error: unknown, describe: (error: unknown) => string, indent = ""): string[] {
  const lines = describe(error).split("\n").map((line) => indent + line);
  if (error instanceof ExceptionGroup) {
    for (const inner of error.errors) lines.push(...formatTree(inner, describe, indent + "  "));
  }
  return lines;
}
