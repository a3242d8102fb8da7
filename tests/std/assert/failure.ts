/** How an assertion fails. */

import { inspect } from "node:util";

/** What every assertion throws. */
export class AssertionError extends Error {
  /** Makes the error of an assertion that did not hold. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Puts the caller's own words, if there are any, behind what went wrong. */
export function message(what: string, msg?: string): string {
  return msg ? `${what}: ${msg}` : what;
}

/** A value as it stands in the message of a failure. */
export function show(value: unknown): string {
  return inspect(value, { depth: 6, sorted: true });
}

/** Fails. */
export function fail(msg?: string): never {
  throw new AssertionError(message("Failed assertion", msg));
}

/** Fails because this place must not be reached. */
export function unreachable(reason?: string): never {
  throw new AssertionError(message("Unreachable", reason));
}
