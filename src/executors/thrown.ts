/**
 * Errors between threads. What runtimes clone of an error differs, and is never all of it: the class, the cause, a code.
 *
 * @module
 */
import { CancelledError, errorClasses } from "../core/errors.ts";
import "../core/exception_group.ts";

/** An error as it travels. */
export interface Thrown {
  /** Set if it is no Error: the value, or its readable form if that cannot be cloned. */
  readonly value?: unknown;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string | undefined;
  readonly cause?: Thrown | undefined;
  /** The errors of a group. */
  readonly errors?: readonly Thrown[] | undefined;
  /** Whatever else the error has that can be cloned. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** How far causes are followed. */
const DEPTH = 16;

/** The classes that come out as what they went in, with those of this module; any other is an Error with the name of its own class. */
const classes = new Map<string, { readonly prototype: Error }>();
for (const known of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]) {
  classes.set(known.name, known);
}

/** What travels of something thrown. Never throws. */
export function toThrown(error: unknown, depth = 0): Thrown {
  try {
    if (!(error instanceof Error)) return { value: clonable(error) ? error : String(error) };
    const { name, message, stack, cause } = error;
    const group = (error as { errors?: unknown }).errors;
    return {
      name: String(name),
      message: String(message),
      stack: stack === undefined ? undefined : String(stack),
      cause: cause === undefined || depth === DEPTH ? undefined : toThrown(cause, depth + 1),
      errors: Array.isArray(group) && depth < DEPTH ? group.map((one) => toThrown(one, depth + 1)) : undefined,
      properties: propertiesOf(error),
    };
  } catch {
    // Getters of others may throw, and so may toString().
    return { name: "Error", message: "An error that cannot be described.", properties: {} };
  }
}

const COPIED_APART = new Set(["name", "message", "stack", "cause", "errors"]);

function propertiesOf(error: Error): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error)) {
    if (!COPIED_APART.has(key) && clonable(value)) found[key] = value;
  }
  return found;
}

function clonable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function" && typeof value !== "symbol";
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** The error again: with its message, stack, cause and properties, of its class if that is JavaScript's own or this module's. */
export function fromThrown(thrown: Thrown): unknown {
  if (thrown.name === undefined) return thrown.value;
  const { name, message = "" } = thrown;
  if (name === "CancelledError") return new CancelledError(message);
  const cause = thrown.cause === undefined ? undefined : { cause: fromThrown(thrown.cause) };
  const error = new Error(message, cause);
  const known = classes.get(name) ?? errorClasses.get(name);
  if (known !== undefined) Object.setPrototypeOf(error, known.prototype);
  else define(error, "name", name);
  if (thrown.errors !== undefined) define(error, "errors", thrown.errors.map(fromThrown));
  if (thrown.stack !== undefined) define(error, "stack", thrown.stack);
  for (const [key, value] of Object.entries(thrown.properties ?? {})) {
    Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return error;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
