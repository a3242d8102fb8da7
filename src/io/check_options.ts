/**
 * Checks of options as such: they are an object, and each name in it is one that something heeds.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";

/** Every name of an interface of options; the compiler sees to it that none is left out. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/** Refuses what cannot be options: null above all, in whose place no default comes. And a name that nothing would heed. */
export function checkOptions(options: unknown, where: string, known: OptionNames<object>): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(options)} as its options: give an object, or leave them out.`,
    );
  }
  checkNames(options, known, `call ${where}()`);
}

/** Refuses a name that nothing would heed. One whose value is undefined is left out. */
export function checkNames(options: object, known: OptionNames<object>, what: string): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name) || (options as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    throw new TypeError(
      `Cannot ${what} with the unknown option ${JSON.stringify(name)}. The options are ${
        Object.keys(known).join(", ")
      }.`,
    );
  }
}

/** Refuses everything but bytes. Text has no encoding of its own, so it is never encoded silently. */
export function checkBytes(data: unknown, where: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const advice = typeof data === "string"
    ? "Encode it: new TextEncoder().encode(text)."
    : data instanceof ArrayBuffer || ArrayBuffer.isView(data)
    ? "Make a Uint8Array of it."
    : "Give a Uint8Array.";
  throw new TypeError(`Cannot call ${where}() with ${describeKind(data)}: it takes bytes. ${advice}`);
}
