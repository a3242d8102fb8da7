/**
 * What belongs to the loop stands where a promise is asked for, and functions where a coroutine is. The checker does the work; the
 * functions are never called.
 */
import { describe, it } from "@std/testing/bdd";
import { assertType, type IsExact } from "@std/testing/types";
import {
  asCompleted,
  type Awaitable,
  call,
  type Coroutine,
  coroutine,
  createTask,
  ensureFuture,
  type Future,
  gather,
  type LazyAwaitable,
  shield,
  sleep,
  type Task,
  waitFor,
} from "../../mod.ts";
import type { Result } from "../../src/tasks/ensure_future.ts";

type IsPromise<P, T> = P extends Promise<T> ? true : false;

assertType<IsPromise<Task<number>, number>>(true);
assertType<IsPromise<Future<Date>, Date>>(true);
assertType<IsPromise<LazyAwaitable<string>, string>>(true);
assertType<IsPromise<Awaitable<bigint>, bigint>>(true);
// @ts-expect-error the result is another
assertType<IsPromise<Task<number>, string>>(true);

function* number(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}
const text = async (): Promise<string> => await sleep(0, "text");
const lazy = coroutine(text);

assertType<IsExact<Result<typeof number>, number>>(true);
assertType<IsExact<Result<typeof text>, string>>(true);
assertType<IsExact<Result<typeof lazy>, string>>(true);
assertType<IsExact<Result<() => Task<Date>>, Date>>(true);
assertType<IsExact<Result<Promise<boolean>>, boolean>>(true);
assertType<IsExact<Result<Task<bigint>>, bigint>>(true);
assertType<IsExact<Result<LazyAwaitable<undefined>>, undefined>>(true);
assertType<IsExact<Result<Coroutine<number>>, number>>(true);

/** As other people's functions are. */
declare function insists<T>(promise: Promise<T>): T;

function standForPromises(task: Task<number>, future: Future<Date>, either: boolean): void {
  assertType<IsExact<ReturnType<typeof insists<number>>, number>>(true);
  const ofTask = insists(task);
  assertType<IsExact<typeof ofTask, number>>(true);
  const ofFuture = insists(future);
  assertType<IsExact<typeof ofFuture, Date>>(true);
  const ofLazy = insists(sleep(1, "rested"));
  assertType<IsExact<typeof ofLazy, string>>(true);
  const ofCall = insists(lazy());
  assertType<IsExact<typeof ofCall, string>>(true);
  const promises: Promise<unknown>[] = [task, future, sleep(1), call(number()), waitFor(text, 5), gather(text)];
  const chosen: Promise<number> = either ? task : Promise.resolve(5);
  // @ts-expect-error the result is another
  const wrong: Promise<string> = task;
  void [promises, chosen, wrong];
}

async function haveTheMethodsOfPromises(task: Task<number>, future: Future<Date>): Promise<void> {
  const caught = await task.catch(() => "instead");
  assertType<IsExact<typeof caught, number | string>>(true);
  const last = await future.finally(() => {});
  assertType<IsExact<typeof last, Date>>(true);
  const then = await sleep(1, "rested").then((word) => word.length, () => null);
  assertType<IsExact<typeof then, number | null>>(true);
  const all = await Promise.all([task, future, sleep(1, "rested")]);
  assertType<IsExact<typeof all, [number, Date, string]>>(true);
  const first = await Promise.race([task, lazy()]);
  assertType<IsExact<typeof first, number | string>>(true);
}

function* takeFunctions(task: Task<Date>): Coroutine<void> {
  const gathered = yield* gather(number, text, lazy, task);
  assertType<IsExact<typeof gathered, [number, string, string, Date]>>(true);
  const inList = yield* gather([text, number()]);
  assertType<IsExact<typeof inList, [string, number]>>(true);
  const orErrors = yield* gather([text, number], { returnExceptions: true });
  assertType<IsExact<typeof orErrors, [string | Error, number | Error]>>(true);
  const many = yield* gather([1, 2].map((n) => async () => await sleep(n, n)));
  assertType<IsExact<typeof many, number[]>>(true);

  const called = yield* call(text);
  assertType<IsExact<typeof called, string>>(true);
  const calledInline = yield* call(async () => await sleep(1, 5n));
  assertType<IsExact<typeof calledInline, bigint>>(true);
  const calledGenerator = yield* call(number);
  assertType<IsExact<typeof calledGenerator, number>>(true);
  const waited = yield* waitFor(text, 5);
  assertType<IsExact<typeof waited, string>>(true);
  const waitedGenerator = yield* waitFor(number, null);
  assertType<IsExact<typeof waitedGenerator, number>>(true);
  const shielded = yield* shield(text);
  assertType<IsExact<typeof shielded, string>>(true);
  const ensured = ensureFuture(text);
  assertType<IsExact<typeof ensured, Future<string>>>(true);
  for (const next of asCompleted([text, text])) {
    const completed = yield* next;
    assertType<IsExact<typeof completed, string>>(true);
  }
  const made = createTask(text);
  assertType<IsExact<typeof made, Task<string>>>(true);
  assertType<IsExact<typeof lazy, () => LazyAwaitable<string>>>(true);
}

function refuse(): void {
  // @ts-expect-error a plain function makes nothing to wait for
  gather(() => 5);
  // @ts-expect-error nor for call
  call(() => "text");
  // @ts-expect-error nor for waitFor
  waitFor(() => 5, 1);
  // @ts-expect-error a function with parameters would be called without them
  gather(async (n: number) => await sleep(n));
  // @ts-expect-error nor would they come from call
  call(async (n: number) => await sleep(n));
}

describe("types of what stands for promises and coroutines", () => {
  it("are what the functions above assert", () => {
    void [standForPromises, haveTheMethodsOfPromises, takeFunctions, refuse];
  });
});
