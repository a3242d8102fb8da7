/**
 * What a random program can do, whichever loop it runs on.
 *
 * @module
 */
import { BaseEventLoop, type Coroutine, currentTask, type Future, gather, sleep, type Task } from "../../../mod.ts";
import { VirtualAdapter } from "../../../src/testing/virtual_adapter.ts";
import { ReferenceFuture } from "./future.ts";
import { gather as referenceGather } from "./gather.ts";
import { Deadlock, ReferenceLoop } from "./loop.ts";
import { ReferenceTask, sleep as referenceSleep } from "./task.ts";

/** A future of either loop. */
export type AnyFuture = ReferenceFuture | Future<unknown>;
/** A task of either loop. */
export type AnyTask = ReferenceTask | Task<unknown>;

/** What becomes a task; the plain loop knows coroutines alone. */
export type Source = Coroutine<unknown> | (() => Promise<unknown>);

/** A loop with what the programs need of it. */
export interface World {
  time(): number;
  /** The running task's name. */
  me(): string;
  createFuture(): AnyFuture;
  createTask(source: Source, name: string, eager: boolean): AnyTask;
  sleep(delay: number): Coroutine<void>;
  gather(children: readonly AnyFuture[], returnExceptions: boolean): AnyFuture;
  /** Waits for a future of this world. */
  wait(future: AnyFuture): Coroutine<unknown>;
  callSoon(callback: () => void): { cancel(): void };
  callLater(delay: number, callback: () => void): { cancel(): void };
  callAt(when: number, callback: () => void): { cancel(): void };
  /** Told what a callback threw. */
  onError(listener: (error: unknown) => void): void;
  /** Runs until the task is done. */
  run(main: AnyTask): Promise<"finished" | "deadlock">;
}

/** The plain loop. */
export function referenceWorld(): World {
  const loop = new ReferenceLoop();
  return {
    time: () => loop.time(),
    me: () => loop.current?.getName() ?? "-",
    createFuture: () => new ReferenceFuture(loop),
    createTask: (source, name, eager) => new ReferenceTask(loop, source as Coroutine<unknown>, name, eager),
    sleep: (delay) => referenceSleep(loop, delay),
    gather: (children, returnExceptions) => referenceGather(loop, children as ReferenceFuture[], returnExceptions),
    *wait(future) {
      return yield* future as ReferenceFuture;
    },
    callSoon: (callback) => loop.callSoon(callback),
    callLater: (delay, callback) => loop.callLater(delay, callback),
    callAt: (when, callback) => loop.callAt(when, callback),
    onError(listener) {
      loop.onError = listener;
    },
    run(main) {
      (main as ReferenceTask).addDoneCallback(() => loop.stop());
      try {
        loop.runForever();
      } catch (error) {
        if (error instanceof Deadlock) return Promise.resolve("deadlock");
        throw error;
      }
      return Promise.resolve("finished");
    },
  };
}

/** The module's own loop. */
export function moduleWorld(): World {
  let deadlocked = () => {};
  const deadlock = new Promise<"deadlock">((resolve) => deadlocked = () => resolve("deadlock"));
  const loop = new BaseEventLoop({ adapter: new VirtualAdapter({ onDeadlock: () => deadlocked() }) });
  return {
    time: () => loop.time(),
    me: () => currentTask()?.getName() ?? "-",
    createFuture: () => loop.createFuture<unknown>(),
    createTask: (source, name, eager) =>
      eager ? loop.createTask(source, { name, eagerStart: true }) : loop.createTask(source, { name }),
    *sleep(delay) {
      yield* sleep(delay);
    },
    gather: (children, returnExceptions) => gather(children as Future<unknown>[], { returnExceptions }),
    *wait(future) {
      return yield* future as Future<unknown>;
    },
    callSoon: (callback) => loop.callSoon(callback),
    callLater: (delay, callback) => loop.callLater(delay, callback),
    callAt: (when, callback) => loop.callAt(when, callback),
    onError(listener) {
      loop.setExceptionHandler((_loop, report) => {
        // The reference collects no garbage, so it never finds an exception that nobody read.
        if (!/never (retrieved|read)/i.test(report.message ?? "")) listener(report.exception);
      });
    },
    async run(main) {
      (main as Task<unknown>).addDoneCallback(() => loop.stop());
      const running = loop.runForever();
      const outcome = await Promise.race([running.then(() => "finished" as const), deadlock]);
      if (outcome === "deadlock") loop.stop();
      await running;
      return outcome;
    },
  };
}
