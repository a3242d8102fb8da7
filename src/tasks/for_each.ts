/**
 * `for await` for coroutines.
 *
 * @module
 */
import {
  type AwaitableIterable,
  type Coroutine,
  isAwaitableIterable,
  type LazyAwaitable,
  NEXT_ITEM,
} from "../core/suspend.ts";
import { noted } from "../core/current.ts";
import { captureFrame, type Frame } from "../core/current_code.ts";
import { coroutine } from "../core/coroutine.ts";
import { fromPromiseIn } from "../core/from_promise.ts";
import { describeKind } from "../core/repr.ts";
import { abandon, type Body, bothErrors, checkBody, cleanUp, type ReadyBody, readyPlainBody } from "./use.ts";

const WHAT = "Closing an iterator";

/** Where the items come from. */
interface Source<T> {
  /** Returns the next item. */
  next(): Coroutine<IteratorResult<T, unknown>> | LazyAwaitable<IteratorResult<T, unknown>>;
  /** Whether a call of `next` is under way. */
  isBusy(): boolean;
  /** Closes the iterator; returns what must be awaited for that. */
  close(): unknown;
  /** Each AsyncLocalStorage, for an iterator that is async code. */
  readonly frame?: Frame;
}

const loop = /* @__PURE__ */ coroutine(
  function* forEach<T>(source: Source<T>, body: ReadyBody<T, unknown>): Coroutine<undefined> {
    let open = true;
    try {
      for (;;) {
        open = true;
        let result: IteratorResult<T, unknown>;
        try {
          result = yield* source.next();
        } catch (error) {
          // An iterator that threw is finished. Only one whose `next` is still under way must be closed.
          open = source.isBusy();
          throw error;
        }
        if (result.done === true) {
          open = false;
          return undefined;
        }
        try {
          yield* body(result.value);
        } catch (error) {
          open = false;
          try {
            yield* cleanUp(source.close, WHAT, source.frame);
          } catch (later) {
            throw bothErrors(later, error, WHAT);
          }
          throw error;
        }
      }
    } finally {
      // Cancelled while `next` was under way, or closed by hand: waiting for it might never end.
      if (open) abandon(() => source.close(), WHAT);
    }
  },
);

/** Iterables of this module: awaited without promises, and with nothing to close. */
function awaitableSource<T>(iterable: AwaitableIterable<T>): Source<T> {
  return { next: () => iterable[NEXT_ITEM](), isBusy: () => false, close() {} };
}

function syncSource<T>(iterator: Iterator<T>): Source<T> {
  return {
    // deno-lint-ignore require-yield
    *next() {
      return iterator.next();
    },
    isBusy: () => false,
    close: () => void iterator.return?.(),
  };
}

function asyncSource<T>(iterator: AsyncIterator<T>): Source<T> {
  let busy = false;
  const frame = captureFrame();
  const ask = () => {
    busy = true;
    const answer = Promise.resolve(iterator.next());
    const heard = () => void (busy = false);
    answer.then(heard, heard);
    return answer;
  };
  return {
    next: () => fromPromiseIn(ask, frame),
    isBusy: () => busy,
    close: () => iterator.return?.(),
    frame,
  };
}

/**
 * A stream of the host. Its own iterator does not close before `next` has returned, which may be never: the stream would stay locked, and what it
 * reads from open.
 */
function streamSource<T>(stream: ReadableStream<T>): Source<T> {
  const reader = stream.getReader();
  const release = () => reader.releaseLock();
  return asyncSource<T>({
    async next() {
      try {
        const result = await reader.read();
        if (result.done) release();
        return result as IteratorResult<T>;
      } catch (error) {
        release();
        throw error;
      }
    },
    return() {
      const cancelled = reader.cancel();
      release();
      return cancelled as Promise<never>;
    },
  });
}

/** Whether it is a stream of the host, with the iterator of those. Asked for at the call: on Deno to read `ReadableStream` loads all streams. */
function isWebStream<T>(iterable: unknown, asynchronous: unknown): iterable is ReadableStream<T> {
  return typeof asynchronous === "function" && typeof ReadableStream === "function" &&
    asynchronous === ReadableStream.prototype[Symbol.asyncIterator] && iterable instanceof ReadableStream;
}

function sourceOf<T>(iterable: AsyncIterable<T> | Iterable<T>): Source<T> {
  if (typeof iterable === "object" && iterable !== null && isAwaitableIterable<T>(iterable)) {
    return awaitableSource(iterable);
  }
  const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = (iterable ?? {}) as Partial<
    AsyncIterable<T> & Iterable<T>
  >;
  if (isWebStream<T>(iterable, asynchronous)) return streamSource(iterable);
  if (typeof asynchronous === "function") return asyncSource(asynchronous.call(iterable as AsyncIterable<T>));
  if (typeof synchronous === "function") return syncSource(synchronous.call(iterable as Iterable<T>));
  throw new TypeError(`Cannot call forEach() with ${describeKind(iterable)}: give something iterable.`);
}

/**
 * Runs a body for each item of an async iterable, one after the other: `for await` for coroutines. The body is a
 * generator function or an async function, or a plain function that awaits nothing, and is called with the item. Synchronous iterables are accepted as well; their
 * items are not awaited.
 *
 * The iterator is closed, by its `return()`, whenever the loop ends before the iterator does: when the body throws, or
 * the task is cancelled. A cancel while the next item is awaited ends the loop at once, and the iterator is closed in
 * the background. What an async iterator awaits of this module, such as `sleep()` in an async generator, is a part of the task, and cancelled with
 * it.
 *
 * @throws {TypeError} if it is not iterable, or the body is not a function
 * @throws {SuppressedError} when awaited, if both the body and the closing failed: `suppressed` is the body's error,
 * `error` the closing's
 *
 * @example Read a stream of the host
 * ```ts
 * import { forEach, run, sleep } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const parts: string[] = [];
 * await run(() =>
 *   forEach(new Response("a stream").body!.pipeThrough(new TextDecoderStream()), function* (part) {
 *     yield* sleep(1);
 *     parts.push(part);
 *   })
 * );
 * assertEquals(parts.join(""), "a stream");
 * ```
 *
 * @category Scopes
 */
export function forEach<T>(
  iterable: AsyncIterable<T> | Iterable<T>,
  body: Body<T, unknown> | ((item: T) => void),
): LazyAwaitable<undefined> {
  checkBody(body, "forEach");
  return noted(loop<T>(sourceOf(iterable), readyPlainBody(body, "use as the body of forEach()")), "forEach()");
}
