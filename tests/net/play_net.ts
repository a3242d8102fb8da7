/**
 * What the tests of sockets share: programs on a network in memory, and what is looked at in them.
 *
 * @module
 */
import { assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  type Coroutine,
  EventLoop,
  type ExceptionContext,
  fromPromise,
  type LazyAwaitable,
  run,
  type Task,
  type TaskSource,
} from "../../mod.ts";
import { FakeHost, type FakeNet } from "./fake_net.ts";
import { within } from "../within.ts";

export { bytes, text } from "../text.ts";

/** Runs a program on a network in memory. Whatever is told to the exception handler fails the test, unless it is listened to. */
export async function playNet<T>(
  main: (net: FakeNet, loop: EventLoop) => TaskSource<T>,
  reports: ExceptionContext[] | null = null,
): Promise<T> {
  const host = new FakeHost();
  const unexpected: ExceptionContext[] = [];
  const loop = new EventLoop({ adapter: host });
  loop.setExceptionHandler((_loop, context) => void (reports ?? unexpected).push(context));
  const result = await within(run(main(host.fake, loop), { loopFactory: () => loop }), "the end of a program");
  if (unexpected.length > 0) {
    throw new Error(`Reported: ${unexpected[0]!.message}`, { cause: unexpected[0]!.exception });
  }
  return result;
}

/** Lets the loop and the host go on until nothing happens any more, at no cost of virtual time. */
export function settle(): LazyAwaitable<void> {
  return fromPromise(new Promise((resolve) => setTimeout(resolve, 0)));
}

/** Lets them go on until something is so; fails if it never is. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let rounds = 0; !condition(); rounds++) {
    if (rounds > 10_000) throw new Error(`It never came to be that ${condition}.`);
    yield* settle();
  }
}

/** What an awaitable throws. */
export function* failure(awaitable: LazyAwaitable<unknown> | Task<unknown>): Coroutine<unknown> {
  try {
    yield* awaitable as LazyAwaitable<unknown>;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

/** Asserts that a call is refused: at once, or when what it returns is awaited. Returns the error. */
export function* refusal(
  call: () => unknown,
  kind: new (...args: never[]) => Error,
  words = "",
): Coroutine<Error> {
  let error: unknown = null;
  try {
    const result = call() as LazyAwaitable<unknown> | undefined;
    if (typeof result === "object") yield* result;
  } catch (thrown) {
    error = thrown;
  }
  assertInstanceOf(error, kind);
  assertStringIncludes((error as Error).message, words);
  return error as Error;
}

/** What is warned of meanwhile. */
export async function warningsOf(act: () => Promise<unknown>): Promise<unknown[]> {
  const { warn } = console;
  const warnings: unknown[] = [];
  console.warn = (text: unknown) => void warnings.push(text);
  try {
    await act();
  } finally {
    console.warn = warn;
  }
  return warnings;
}
