/**
 * Errors that reach nobody else: what the loop tells its exception handler.
 *
 * @module
 */
import { describeValue } from "./repr.ts";

/** What happened, as an exception handler is told. */
export interface ExceptionContext {
  /** What happened, in words. */
  readonly message?: string;
  /** What was thrown. */
  readonly exception?: unknown;
  /** The future that it is about, or its description if the future is gone. */
  readonly future?: unknown;
  /** The task that it is about. */
  readonly task?: unknown;
  /** The handle whose callback it was. */
  readonly handle?: unknown;
  /** Whatever else is known. */
  readonly [key: string]: unknown;
}

/** Writes a context to the console: its message, what is known besides, the error with its stack. */
export function printException(context: ExceptionContext): void {
  const lines = [context.message ?? "Unhandled exception in event loop"];
  for (const key of Object.keys(context).sort()) {
    if (key !== "message" && key !== "exception") lines.push(`${key}: ${describeValue(context[key])}`);
  }
  if (context.exception === undefined) console.error(lines.join("\n"));
  else console.error(`${lines.join("\n")}\n`, context.exception);
}
