/**
 * Resources that a block disposes of.
 *
 * @module
 */
import { noted } from "../core/current.ts";
import { captureFrame, type Frame } from "../core/current_code.ts";
import { coroutine } from "../core/coroutine.ts";
import { isCoroutine } from "../core/kinds.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import { abandon, type Body, bothErrors, checkBody, cleanUp, type ReadyBody, readyBody } from "./body.ts";

/**
 * What {@linkcode use} disposes of. As with `await using`, null and undefined mean that there is nothing to dispose of.
 *
 * @category Scopes
 */
export type Resource = Disposable | AsyncDisposable | null | undefined;

const WHAT = "Disposing of a resource";

const scope = /* @__PURE__ */ coroutine(function* use<R extends Resource, T>(
  source: R | LazyAwaitable<R> | Coroutine<R>,
  body: ReadyBody<R, T>,
  frame: Frame,
): Coroutine<T> {
  const resource = isCoroutine(source) ? yield* source as Coroutine<R> : source;
  const dispose = disposerOf(resource);
  let disposing = false;
  try {
    let value: T;
    try {
      value = yield* body(resource);
    } catch (error) {
      disposing = true;
      try {
        yield* cleanUp(dispose, WHAT, frame);
      } catch (later) {
        throw bothErrors(later, error, WHAT);
      }
      throw error;
    }
    disposing = true;
    yield* cleanUp(dispose, WHAT, frame);
    return value;
  } finally {
    // The coroutine is closed by hand. It cannot wait any more, but the resource is disposed of.
    if (!disposing) abandon(dispose, WHAT);
  }
}) as <R extends Resource, T>(
  source: R | LazyAwaitable<R> | Coroutine<R>,
  body: ReadyBody<R, T>,
  frame: Frame,
) => LazyAwaitable<T>;

/**
 * Looks up the method before the body runs, so that what cannot be disposed of is refused before it is used.
 */
function disposerOf(resource: Resource): () => unknown {
  if (resource === null || resource === undefined) return () => undefined;
  const asynchronous = (resource as Partial<AsyncDisposable>)[Symbol.asyncDispose];
  if (typeof asynchronous === "function") return () => asynchronous.call(resource as AsyncDisposable);
  const synchronous = (resource as Partial<Disposable>)[Symbol.dispose];
  // What it returns is ignored, even if it is a promise.
  if (typeof synchronous === "function") return () => void synchronous.call(resource as Disposable);
  throw new TypeError(
    `Cannot use() ${describeKind(resource)}: it has neither [Symbol.asyncDispose]() nor [Symbol.dispose](). ` +
      "Give a resource, or a coroutine that returns one; a promise of one goes into fromPromise().",
  );
}

/**
 * Runs a body with a resource and disposes of the resource however the body ends: `await using` for coroutines. The body
 * is a generator function or an async function and is called with the resource.
 *
 * The resource has `[Symbol.asyncDispose]`, which is awaited, or else `[Symbol.dispose]`. It may also be a coroutine or a lazy awaitable that
 * returns the resource. What the disposal awaits of this module is a part of the task and cancelled with it. If the disposal waits for the
 * host, a cancel ends the wait, and the disposal goes on by itself.
 *
 * @returns an awaitable of the body's result
 * @throws {TypeError} if the body is not a function; when awaited, if the resource cannot be disposed of
 * @throws {SuppressedError} when awaited, if both the body and the disposal failed: `suppressed` is the body's error,
 * `error` the disposal's
 *
 * @example A resource that must be closed
 * ```ts
 * import { run, sleep, use } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const order: string[] = [];
 * const file = {
 *   async [Symbol.asyncDispose]() {
 *     order.push("closed");
 *   },
 * };
 *
 * await run(() =>
 *   use(file, function* () {
 *     yield* sleep(1);
 *     order.push("read");
 *   })
 * );
 * assertEquals(order, ["read", "closed"]);
 * ```
 *
 * @category Scopes
 */
export function use<R extends Resource, T>(
  resource: R | LazyAwaitable<R> | Coroutine<R>,
  body: Body<R, T>,
): LazyAwaitable<T> {
  checkBody(body, "use");
  const frame = captureFrame();
  return noted(scope(resource, readyBody(body, "use as the body of use()", frame), frame), "use()");
}
