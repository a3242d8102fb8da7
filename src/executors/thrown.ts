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
  /** The two errors of a SuppressedError. */
  readonly disposal?: Readonly<Record<"error" | "suppressed", Thrown | undefined>> | undefined;
  /** Whatever else the error has that can be cloned. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** How far causes are followed. */
const DEPTH = 16;

/** The classes that come out as what they went in, with those of this module; any other is an Error with the name of its own class. */
const classes = new Map<string, { readonly prototype: Error }>();
const own = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  // A Node that is too old has none, and is to come as far as to hear that.
  globalThis.SuppressedError,
];
for (const known of own) if (known !== undefined) classes.set(known.name, known);

/** What travels of something thrown. Never throws. */
export function toThrown(error: unknown, depth = 0): Thrown {
  if (!isError(error)) return { value: clonable(error) ? error : textOf(error) };
  const deeper = (key: string): Thrown | undefined => {
    const part = read(error, key);
    return part === undefined || depth === DEPTH ? undefined : toThrown(part, depth + 1);
  };
  const stack = read(error, "stack");
  const group = read(error, "errors");
  return {
    name: textOf(read(error, "name") ?? "Error"),
    message: textOf(read(error, "message") ?? "An error that cannot be described."),
    stack: stack === undefined ? undefined : textOf(stack),
    cause: deeper("cause"),
    errors: Array.isArray(group) && depth < DEPTH ? group.map((one) => toThrown(one, depth + 1)) : undefined,
    disposal: isSuppressed(error) ? { error: deeper("error"), suppressed: deeper("suppressed") } : undefined,
    properties: propertiesOf(error),
  };
}

function isError(error: unknown): error is Error {
  try {
    return error instanceof Error;
  } catch {
    // A revoked proxy does not even say what it is.
    return false;
  }
}

/** What an error has by a name; undefined if its getter throws, for then only that is lost. */
function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** The readable form, also of what has none. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `<${typeof value}>`;
  }
}

/** Whether a block has failed, and the end of what it was using as well: both errors are properties that a listing does not show. */
function isSuppressed(error: Error): boolean {
  return read(error, "name") === "SuppressedError" && Object.hasOwn(error, "suppressed");
}

const COPIED_APART = new Set(["name", "message", "stack", "cause", "errors"]);

function propertiesOf(error: Error): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (COPIED_APART.has(key)) continue;
    const value = read(error, key);
    if (clonable(value)) found[key] = value;
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
  for (const [key, one] of Object.entries(thrown.disposal ?? {})) define(error, key, one && fromThrown(one));
  if (thrown.stack !== undefined) define(error, "stack", thrown.stack);
  for (const [key, value] of Object.entries(thrown.properties ?? {})) {
    if (thrown.disposal !== undefined && key in thrown.disposal) continue;
    Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return error;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
