/**
 * Errors that reach nobody else: how they are told, and how exceptions are found that nobody has read.
 *
 * A failed future is looked at again at the end of the turn: by then whoever waits has read it, nearly always, and no
 * record is made. Only what is still unread then is registered with a FinalizationRegistry.
 *
 * @module
 */
import type { AnyFuture, Loop } from "./contract.ts";
import { debugging } from "./current.ts";
import { describeValue, ownDescription } from "./repr.ts";

/** What is known of an unread exception when its future is gone. */
interface Unread {
  readonly loop: Loop;
  readonly kind: string;
  readonly description: string;
  /** In debug mode where it was made. */
  readonly madeAt: string;
  /** The error, or what it was; see {@linkcode hold}. */
  readonly original: Weak<Error> | undefined;
  readonly exception: unknown;
  readonly future: Weak<AnyFuture>;
}

/** Something that may be gone. */
interface Weak<T> {
  deref(): T | undefined;
}

/** Workers at the edge have neither this nor the registry, unless their date of compatibility is young: there all is told when the loop closes. */
function weak<T extends object>(value: T): Weak<T> {
  return typeof WeakRef === "undefined" ? { deref: () => value } : new WeakRef(value);
}

/**
 * Holds an error without holding the future. V8 keeps in an error the `this` of each of its frames (on Deno even once its stack
 * was read), and one of these is the task: held strongly, the error would keep alive what is to be seen collected.
 */
function hold(exception: unknown): Pick<Unread, "original" | "exception"> {
  if (!(exception instanceof Error)) return { original: undefined, exception };
  return { original: weak(exception), exception: likenessOf(exception) };
}

/** An error of the same class that reads the same. */
function likenessOf(error: Error): Error {
  try {
    const likeness = new Error(error.message);
    Object.setPrototypeOf(likeness, Object.getPrototypeOf(error) as object);
    Object.defineProperty(likeness, "stack", { value: error.stack, writable: true, configurable: true });
    if (Object.hasOwn(error, "name")) likeness.name = error.name;
    return likeness;
  } catch (failure) {
    // Getters of others may throw.
    return new Error("An error that cannot be described", { cause: failure });
  }
}

function report(unread: Unread): void {
  unread.loop._unread.delete(unread);
  unread.loop.callExceptionHandler({
    message: `${unread.kind} exception was never retrieved${unread.madeAt}`,
    exception: unread.original?.deref() ?? unread.exception,
    future: unread.future.deref() ?? unread.description,
  });
}

const registry = typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry<Unread>((unread) => {
  if (unread.loop._unread.has(unread)) report(unread);
});

/** The records of one loop. */
export type UnreadRecords = Set<unknown>;

/** The records of futures that are there still, by which whoever reads an exception later takes the record back. */
const records = new WeakMap<AnyFuture, Unread>();

/** Keeps watch over futures whose exception is still unread. */
export function watchUnread(loop: Loop, futures: AnyFuture[]): void {
  for (const future of futures) {
    const unread: Unread = {
      loop,
      kind: future._kind(),
      description: future.toString(),
      madeAt: debugging.hooks?.madeAt(future) ?? "",
      ...hold(future._value),
      future: weak(future),
    };
    loop._unread.add(unread);
    if (loop._debug) debugging.hooks?.unread(loop, future);
    records.set(future, unread);
    registry?.register(future, unread);
  }
}

/** The exception of a future has been read. */
export function forgetUnread(future: AnyFuture): void {
  future._loop._unread.delete(records.get(future));
}

/** Reports what is unread when the loop closes: no program ends with an error that nobody heard of. */
export function reportUnread(unread: UnreadRecords): void {
  for (const record of [...unread] as Unread[]) report(record);
}

/**
 * What happened, as an exception handler is told.
 *
 * @category Running
 */
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

/**
 * What a loop writes to; `console` is one.
 *
 * @category Running
 */
export interface Logger {
  /** Writes what may be wrong. */
  warn(...data: unknown[]): void;
  /** Writes what has failed: a text, and an error if there is one. */
  error(...data: unknown[]): void;
}

/** What a report is about is described in full; of a future that is gone there is its description. */
function describeEntry(key: string, value: unknown): string {
  if (key !== "future" && key !== "task") return describeValue(value);
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? ownDescription(value) : describeValue(value);
}

/** Writes a context: its message, what is known besides, the error with its stack. */
export function printException(context: ExceptionContext, logger: Logger = console): void {
  const lines = [context.message ?? "Unhandled exception in event loop"];
  for (const key of Object.keys(context).sort()) {
    if (key !== "message" && key !== "exception") lines.push(`${key}: ${describeEntry(key, context[key])}`);
  }
  if (context.exception === undefined) logger.error(lines.join("\n"));
  else logger.error(`${lines.join("\n")}\n`, context.exception);
}
