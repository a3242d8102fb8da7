/**
 * Checks of options that several functions have.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";

/** What an option that limits something can be. */
interface LimitRules {
  /** What is counted: `"milliseconds"`. */
  readonly unit: string;
  /** The least that it may be. */
  readonly least?: number;
  /** What it must be more than, in place of that. */
  readonly above?: number;
  /** Whether fractions are refused. */
  readonly whole?: boolean;
  /** What 0 would mean, where it is refused. */
  readonly zero?: string;
}

/**
 * Refuses whatever is neither a number in the right range nor null. `Infinity` is refused as well, so that no limit is written in one way.
 *
 * @param act what cannot be done, such as `"serve"`
 * @param name the option
 */
export function checkLimit(
  value: unknown,
  act: string,
  name: string,
  rules: LimitRules,
): asserts value is number | null {
  if (value === null) return;
  const { unit, least = 0, above, whole = false, zero } = rules;
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot ${act} with ${describeKind(value)} as ${name}: write a number of ${unit}, or null for no limit.`,
    );
  }
  if (value === Infinity) {
    throw new RangeError(`Cannot ${act} with a ${name} of Infinity: write null for no limit.`);
  }
  if (value === 0 && zero !== undefined) {
    throw new RangeError(`Cannot ${act} with a ${name} of 0: ${zero}. Write null for no limit.`);
  }
  const isLarge = above === undefined ? value >= least : value > above;
  if (isLarge && (!whole || Number.isInteger(value))) return;
  const range = above === undefined ? `${least} or more` : `more than ${above}`;
  const number = whole ? "a whole number" : "a number";
  throw new RangeError(
    `Cannot ${act} with a ${name} of ${value}: write ${number} of ${unit}, ${range}, or null for no limit.`,
  );
}

/** What an event stream or a WebSocket does when its server begins to close. */
export type OnDraining = "end" | "continue";

/** Refuses every other word. */
export function checkOnDraining(value: unknown, where: string): asserts value is OnDraining {
  if (value === "end" || value === "continue") return;
  throw new TypeError(`Cannot call ${where}() with onDraining: ${JSON.stringify(value)}. Give "end" or "continue".`);
}
