/**
 * What the tests of the core share: loops on a virtual clock, and programs whose only trace is a list of words.
 *
 * @module
 */

import { BaseEventLoop, type Coroutine, EventLoop, type ExceptionContext, run, type TaskSource } from "../../mod.ts";
import { VirtualAdapter } from "../../src/testing/virtual_adapter.ts";

/** A loop on a virtual clock of its own. */
export function virtualLoop(): BaseEventLoop {
  return new BaseEventLoop({ adapter: new VirtualAdapter() });
}

/** The same as an EventLoop, for `run` and `Runner`. */
export function virtualEventLoop(): EventLoop {
  return new EventLoop({ adapter: new VirtualAdapter() });
}

/** Runs a program in virtual time. Whatever would be told to the exception handler fails the test. */
export async function play<T>(main: TaskSource<T>): Promise<T> {
  const [result, reports] = await playAndListen(main);
  if (reports.length > 0) throw new Error(`Reported: ${reports[0]!.message}`, { cause: reports[0]!.exception });
  return result;
}

/** Runs a program in virtual time; gives its result and what the exception handler was told, until the loop was closed. */
export async function playAndListen<T>(main: TaskSource<T>): Promise<[T, ExceptionContext[]]> {
  const reports: ExceptionContext[] = [];
  const loopFactory = (): EventLoop => {
    const loop = virtualEventLoop();
    loop.setExceptionHandler((_loop, context) => void reports.push(context));
    return loop;
  };
  const result = await run(main, { loopFactory });
  return [result, reports];
}

/**
 * Runs a program in virtual time and then goes on until nothing is left to do; gives the time of that. A timer that was left behind
 * moves the clock to when it is due.
 */
export async function timeWhenIdle(main: TaskSource<unknown>): Promise<number> {
  const idle = Promise.withResolvers<void>();
  using loop = new EventLoop({ adapter: new VirtualAdapter({ onDeadlock: idle.resolve }) });
  const task = loop.createTask(main);
  const running = loop.runForever();
  await idle.promise;
  const time = loop.time();
  loop.stop();
  await running;
  task.result();
  return time;
}

/** Runs a program that writes down what happens, and gives what it wrote. */
export async function trace(main: (say: (word: string) => void) => Coroutine<unknown>): Promise<string> {
  const words: string[] = [];
  await play(() => main((word) => words.push(word)));
  return words.join(" ");
}

/** Runs a program that must fail, and gives what it failed with. */
export async function failure(main: TaskSource<unknown>): Promise<unknown> {
  try {
    await play(main);
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

/** What the awaited promise rejects with; a fulfilled one is an error. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It was not rejected.");
}

/** Resolves in a later macrotask of the host: whatever its promises had to do by then is done, at no cost of virtual time. */
export function hostTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
