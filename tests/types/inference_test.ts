/**
 * What the types must infer, and what must not compile. The checker does the work; the functions are never called.
 */
import { describe, it } from "@std/testing/bdd";
import { assertType, type IsExact } from "@std/testing/types";
import {
  asCompleted,
  Barrier,
  BaseEventLoop,
  BoundedSemaphore,
  call,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  eagerTaskFactory,
  ensureFuture,
  Event,
  type EventLoop,
  forEach,
  fromPromise,
  type Future,
  gather,
  getEventLoop,
  getRunningLoop,
  type Guard,
  isCoroutine,
  isFuture,
  type LazyAwaitable,
  LifoQueue,
  Lock,
  PriorityQueue,
  Protocol,
  type Queue,
  run,
  runCoroutineThreadsafe,
  type Server,
  shield,
  sleep,
  StreamReader,
  type Task,
  TaskGroup,
  taskGroup,
  timeout,
  timeoutAt,
  type Transport,
  use,
  wait,
  waitFor,
  wrapFuture,
} from "../../mod.ts";

function* number(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}
function* text(): Coroutine<string> {
  yield* sleep(0);
  return "";
}

function* infers(queue: Queue<string>, lock: Lock, future: Future<Date>, promise: Promise<boolean>): Coroutine<void> {
  const slept = yield* sleep(1);
  assertType<IsExact<typeof slept, undefined>>(true);
  const rested = yield* sleep(1, "rested");
  assertType<IsExact<typeof rested, string>>(true);

  const task = createTask(number());
  assertType<IsExact<typeof task, Task<number>>>(true);
  const fromFunction = createTask(number);
  assertType<IsExact<typeof fromFunction, Task<number>>>(true);
  const fromAsync = createTask(() => promise);
  assertType<IsExact<typeof fromAsync, Task<boolean>>>(true);
  const fromInline = createTask(function* () {
    yield* sleep(0);
    return 5n;
  });
  assertType<IsExact<typeof fromInline, Task<bigint>>>(true);
  const ofTask = yield* task;
  assertType<IsExact<typeof ofTask, number>>(true);
  const ofFuture = yield* future;
  assertType<IsExact<typeof ofFuture, Date>>(true);
  const ofPromise = yield* fromPromise(promise);
  assertType<IsExact<typeof ofPromise, boolean>>(true);
  const ofSignal = yield* fromPromise((signal) => Promise.resolve(signal));
  assertType<IsExact<typeof ofSignal, AbortSignal>>(true);

  const both = yield* gather(number(), text());
  assertType<IsExact<typeof both, [number, string]>>(true);
  const list = yield* gather([number(), task, promise]);
  assertType<IsExact<typeof list, [number, number, boolean]>>(true);
  const errors = yield* gather([number(), text()], { returnExceptions: true });
  assertType<IsExact<typeof errors, [number | Error, string | Error]>>(true);
  const many = yield* gather([1, 2].map(() => text()));
  assertType<IsExact<typeof many, string[]>>(true);

  const [done, pending] = yield* wait([task, fromFunction]);
  assertType<IsExact<typeof done, Set<Task<number>>>>(true);
  assertType<IsExact<typeof pending, Set<Task<number>>>>(true);
  const waited = yield* waitFor(text(), 5);
  assertType<IsExact<typeof waited, string>>(true);
  const shielded = yield* shield(number());
  assertType<IsExact<typeof shielded, number>>(true);
  const ensured = ensureFuture(task);
  assertType<IsExact<typeof ensured, Task<number>>>(true);
  for (const next of asCompleted([number(), number()])) {
    const value = yield* next;
    assertType<IsExact<typeof value, number>>(true);
  }

  const scoped = yield* timeout(5, function* (scope) {
    scope.reschedule(null);
    return yield* text();
  });
  assertType<IsExact<typeof scoped, string>>(true);
  const scopedAsync = yield* timeout(5, () => promise);
  assertType<IsExact<typeof scopedAsync, boolean>>(true);
  const grouped = yield* taskGroup(function* (group) {
    assertType<IsExact<typeof group, TaskGroup>>(true);
    const child = group.createTask(number());
    return [yield* child] as const;
  });
  assertType<IsExact<typeof grouped, readonly [number]>>(true);

  const item = yield* queue.get();
  assertType<IsExact<typeof item, string>>(true);
  using _guard = yield* lock.acquire();
}

function* infersOfEachAwaitable(source: AsyncIterable<Date>, loop: EventLoop): Coroutine<void> {
  const event = yield* new Event().wait();
  assertType<IsExact<typeof event, true>>(true);
  const lock = yield* new Lock().acquire();
  assertType<IsExact<typeof lock, Guard>>(true);
  const slot = yield* new BoundedSemaphore().acquire();
  assertType<IsExact<typeof slot, Guard>>(true);
  const condition = new Condition();
  const notified = yield* condition.wait();
  assertType<IsExact<typeof notified, true>>(true);
  const predicted = yield* condition.waitFor(() => "text");
  assertType<IsExact<typeof predicted, string>>(true);
  const index = yield* new Barrier(1).wait();
  assertType<IsExact<typeof index, number>>(true);

  const queue = new PriorityQueue<[number, Date]>();
  const put = yield* queue.put([1, new Date()]);
  assertType<IsExact<typeof put, undefined>>(true);
  const item = yield* queue.get();
  assertType<IsExact<typeof item, [number, Date]>>(true);
  const joined = yield* new LifoQueue<string>().join();
  assertType<IsExact<typeof joined, undefined>>(true);
  const bytes = yield* new StreamReader().readuntil([";", "\n"]);
  assertType<IsExact<typeof bytes, Uint8Array>>(true);

  const called = yield* call(number());
  assertType<IsExact<typeof called, number>>(true);
  const at = yield* timeoutAt(5, text);
  assertType<IsExact<typeof at, string>>(true);
  const ran = yield* new TaskGroup().run(number);
  assertType<IsExact<typeof ran, number>>(true);
  const each = yield* forEach(source, function* (date) {
    assertType<IsExact<typeof date, Date>>(true);
    yield* sleep(0);
  });
  assertType<IsExact<typeof each, undefined>>(true);
  const used = yield* use({ size: 5, [Symbol.dispose]() {} }, function* (resource) {
    yield* sleep(0);
    return resource.size;
  });
  assertType<IsExact<typeof used, number>>(true);
  const wrapped = yield* wrapFuture(runCoroutineThreadsafe(number(), loop));
  assertType<IsExact<typeof wrapped, number>>(true);
  const made: Task<number> = eagerTaskFactory(loop, number());
  const thing: unknown = made;
  if (isFuture(thing)) assertType<IsExact<typeof thing, Future<unknown>>>(true);
  if (isCoroutine(thing)) createTask(thing);
}

async function infersInAsyncFunctions(queue: Queue<string>, task: Task<number>): Promise<void> {
  const item = await queue.get();
  assertType<IsExact<typeof item, string>>(true);
  const value = await task;
  assertType<IsExact<typeof value, number>>(true);
  const both = await gather(number(), text());
  assertType<IsExact<typeof both, [number, string]>>(true);
  // A Task is thenable: an async function that returns one gives its result. This is the trap, and the type says so.
  // deno-lint-ignore require-await
  const joined = async () => task;
  const result = await joined();
  assertType<IsExact<typeof result, number>>(true);
  const main = await run(text());
  assertType<IsExact<typeof main, string>>(true);
}

const lazy = coroutine(function* (a: number, b: string): Coroutine<Date> {
  yield* sleep(a + b.length);
  return new Date();
});
assertType<IsExact<typeof lazy, (a: number, b: string) => LazyAwaitable<Date>>>(true);
const identity = coroutine(function* <T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
});

function* infersLoops(): Coroutine<void> {
  const running = getRunningLoop();
  assertType<IsExact<typeof running, EventLoop>>(true);
  const set = getEventLoop();
  assertType<IsExact<typeof set, EventLoop>>(true);
  const any = getRunningLoop(BaseEventLoop);
  assertType<IsExact<typeof any, BaseEventLoop>>(true);
  const [transport, protocol] = yield* getRunningLoop().createConnection(() => new Protocol(), "localhost", 80);
  assertType<IsExact<typeof transport, Transport>>(true);
  assertType<IsExact<typeof protocol, Protocol>>(true);
  const server = yield* getEventLoop().createServer(() => new Protocol(), null, 80);
  assertType<IsExact<typeof server, Server>>(true);
  // @ts-expect-error a bare loop has no connections
  getRunningLoop(BaseEventLoop).createServer(() => new Protocol(), null, 80);
  // @ts-expect-error a number is no class of loops
  getRunningLoop(Number);
}

function* refuses(queue: Queue<string>, promise: Promise<number>, future: Future<number>): Coroutine<void> {
  const same = yield* identity(5 as const);
  assertType<IsExact<typeof same, 5>>(true);
  // @ts-expect-error a promise is running already and belongs to nobody
  createTask(promise);
  // @ts-expect-error a Future is the result of something that runs already
  createTask(future);
  // @ts-expect-error and so it is for run
  run(future);
  // @ts-expect-error nothing to run
  createTask(5);
  // @ts-expect-error an item of the wrong type
  queue.put(5);
  // @ts-expect-error nor in a queue of another kind
  new PriorityQueue<number>().putNowait("1");
  // @ts-expect-error a coroutine yields nothing but what the module's awaitables do
  // deno-lint-ignore asyncio/yield-star
  yield 5;
  const unawaited = taskGroup(function* () {
    yield* sleep(0);
    return 1;
  });
  // @ts-expect-error the result of a group is there after yield* only
  unawaited + 1;
  // @ts-expect-error wait takes futures: make tasks of coroutines first
  wait([number()]);
  // @ts-expect-error a promise is no coroutine for a group either
  taskGroup((group) => Promise.resolve(group.createTask(promise)));
  // @ts-expect-error what is disposed of in use() must be disposable
  use(5, function* () {});
  // @ts-expect-error parameters are checked
  lazy("1", 2);
}

describe("types", () => {
  it("infer what the functions above assert", () => {
    void [infers, infersOfEachAwaitable, infersInAsyncFunctions, infersLoops, refuses];
  });
});
