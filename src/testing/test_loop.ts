/**
 * A loop for one test.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import { type Logger, printException } from "../core/exception_reports.ts";
import { refuseInsideLoop, Runner } from "../loop/runner.ts";
import { checkFlag, checkOptionNames, refuseFrozenTimers } from "./checks.ts";
import { LeakError } from "./test_errors.ts";
import { checkVirtualOptions, runOnVirtualTime, VIRTUAL_OPTIONS, type VirtualOptions } from "./virtual_run.ts";
import { WatchedLoop } from "./watched_loop.ts";

/**
 * The options of {@linkcode testLoop}.
 *
 * @category Tests
 */
export interface TestLoopOptions extends VirtualOptions {
  /**
   * Whether the test runs on the real clock, with the sockets, processes and threads of the runtime; false by default. A deadlock cannot be told
   * there, and of the other options only `debug` means anything.
   */
  readonly realTime?: boolean | undefined;
}

/**
 * Runs one test on a loop of its own, on virtual time, and fails if the test passes and leaves something behind: tasks that have not ended, timers
 * that are set, open sockets, processes, errors that nobody has read, or cancels that a task swallowed. It says where each was made. A
 * deadlock fails it at once, as in {@linkcode runVirtual}.
 *
 * So does a program on another host of a {@linkcode SimulatedNetwork} that returns and leaves something behind. One that still runs when the test
 * is over is no leak: its host is switched off.
 *
 * What a test leaves is cancelled and cleaned up in any case. If the test itself fails, it fails with that.
 *
 * The loop is in debug mode, by which calls of this module are found that nobody has awaited; with `debug: false` it is quicker, and they are not.
 * Those of `coroutine()` functions are found where the whole program is in debug mode (`ASYNCIO_DEBUG=1`). A generator that was never stepped
 * tells nobody.
 *
 * @param fn the test: a coroutine, or a generator or async function
 * @returns what it returns
 * @throws {LeakError} if it leaves something behind
 * @throws {RuntimeError} inside of a running loop, and as `runVirtual()`
 * @throws {DeadlockError} if every task waits for another one
 * @throws {TypeError} if the test is nothing to run, or an option is unknown
 *
 * @example A task that nobody awaits
 * ```ts
 * import { createTask, sleep } from "@loop/asyncio";
 * import { LeakError, testLoop } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() =>
 *   testLoop(function* () {
 *     createTask(sleep(1_000), { name: "forgotten" });
 *     yield* sleep(1);
 *   }), LeakError, "forgotten");
 * ```
 *
 * @category Tests
 */
export async function testLoop<T>(fn: TaskSource<T>, options: TestLoopOptions = {}): Promise<T> {
  checkOptionNames(options, [...VIRTUAL_OPTIONS, "realTime"], "testLoop()");
  checkVirtualOptions(options, "testLoop()");
  checkFlag(options.realTime, "realTime", "testLoop()");
  let loop: WatchedLoop | undefined;
  let leaks: string[] = [];
  const leaksOfHosts: string[] = [];
  const neverAwaited: string[] = [];
  const mainIsOver = (timersLeft: string[] = []): void => {
    leaks = [
      ...loop!.leaks(),
      ...timersLeft.map((timer) => `A timer of the host's that is still set: ${timer}. Clear it, or call its unref().`),
    ];
  };
  const { debug } = options;
  const logger = loggerInto(neverAwaited, debug === true);
  const watched = { debug: debug ?? true, logger };
  try {
    const result = options.realTime === true
      ? await runOnRealTime(fn, () => loop = new WatchedLoop(watched), mainIsOver)
      : await runOnVirtualTime(fn, options, {
        where: "testLoop()",
        makeLoop: (adapter) => loop = new WatchedLoop({ adapter, ...watched }),
        makeHostLoop: (adapter) => new WatchedLoop({ adapter, ...watched }),
        hostHasReturned: (loop, host) => leaksOfHosts.push(...(loop as WatchedLoop).leaks(host)),
        mainIsOver,
      });
    const all = [...leaks, ...leaksOfHosts, ...loop!.unheard(), ...neverAwaited];
    if (all.length > 0) throw new LeakError(all, { cause: loop!.reported[0]?.exception });
    return result;
  } catch (error) {
    if (!(error instanceof LeakError)) { for (const context of loop?.reported ?? []) printException(context); }
    throw error;
  }
}

/** Keeps what debug mode says of what nobody has awaited. The rest of what it says the test fails with by itself, so it is told to who asks for it alone. */
function loggerInto(neverAwaited: string[], tellsRest: boolean): Logger {
  return {
    warn(...words: unknown[]) {
      const [message] = words;
      if (typeof message === "string" && message.includes(" was never awaited")) neverAwaited.push(message);
      else if (tellsRest) console.warn(...words);
    },
    error: (...words: unknown[]) => console.error(...words),
  };
}

async function runOnRealTime<T>(fn: TaskSource<T>, loopFactory: () => WatchedLoop, isOver: () => void): Promise<T> {
  refuseInsideLoop("testLoop()");
  refuseFrozenTimers("testLoop()");
  const runner = new Runner({ loopFactory, signals: [] });
  try {
    return await runner.run(fn);
  } finally {
    isOver();
    await runner.close();
  }
}
