/**
 * How values and errors are written in a trace, and which handler of a `try` statement takes which error.
 *
 * @module
 */
import {
  BrokenBarrierError,
  CancelledError,
  ExceptionGroup,
  IncompleteReadError,
  InvalidStateError,
  LimitOverrunError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  TimeoutError,
} from "../../mod.ts";

/** One of the two errors that programs raise on their own account. */
export class E1 extends Error {}

/** The other one. */
export class E2 extends Error {}

/** Ends a program that runs away. No handler of the program takes it. */
export class StepLimit extends Error {}

/** Every error that a trace calls by name. */
const NAMED: Readonly<Record<string, abstract new (...args: never[]) => Error>> = {
  E1,
  E2,
  CancelledError,
  TimeoutError,
  InvalidStateError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  BrokenBarrierError,
  IncompleteReadError,
  LimitOverrunError,
};

/** Writes a value as a trace does. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof Error) return showError(value);
  if (value instanceof Uint8Array) return "b:" + decode(value);
  return String(value);
}

/** Writes an error as a trace does. */
export function showError(error: unknown): string {
  if (error instanceof ExceptionGroup) return `Group[${error.errors.map(showError).join(", ")}]`;
  for (const [name, type] of Object.entries(NAMED)) {
    if (error instanceof type) return name + details(error);
  }
  const misused = error instanceof RuntimeError || error instanceof TypeError || error instanceof RangeError;
  return misused ? "Misuse" : String(error);
}

function details(error: Error): string {
  if (error instanceof IncompleteReadError) return `(${show(error.partial)}, ${show(error.expected)})`;
  if (error instanceof LimitOverrunError) return `(${error.consumed})`;
  const hasMessage = error instanceof E1 || error instanceof E2 || error instanceof CancelledError;
  return hasMessage && error.message !== "" ? `(${error.message})` : "";
}

/** Whether a handler of that name takes the error. */
export function matches(error: unknown, name: string): boolean {
  if (name === "*") return true;
  if (name === "Misuse") return showError(error) === "Misuse";
  if (name === "Exception") return !holdsCancellation(error);
  if (name === "Group") return error instanceof ExceptionGroup;
  const type = NAMED[name];
  return type !== undefined && error instanceof type;
}

/** CPython keeps a cancellation, and a group with one inside, apart from ordinary exceptions. */
function holdsCancellation(error: unknown): boolean {
  if (error instanceof ExceptionGroup) return error.errors.some(holdsCancellation);
  return error instanceof CancelledError;
}

/** Makes an error that a program raises by name. */
export function makeError(name: string, message?: string | null): Error {
  const text = message ?? undefined;
  switch (name) {
    case "E1":
      return new E1(text);
    case "E2":
      return new E2(text);
    case "CancelledError":
      return new CancelledError(text);
    case "TimeoutError":
      return new TimeoutError(text);
    default:
      throw new StepLimit(`No program raises ${name}`);
  }
}

/** The bytes of a text of which each character is one byte. */
export function encode(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function decode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
