/**
 * What a program does, as text.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { checkOptionNames } from "./checks.ts";
import { Recorder, TaskNames } from "./recorder.ts";
import { checkVirtualOptions, runOnVirtualTime, VIRTUAL_OPTIONS, type VirtualOptions } from "./virtual_run.ts";

/**
 * Runs a program on virtual time and returns its events up to the end of main in their order, as text for a snapshot: a line for each step of a task, with the time and
 * whether it was the last, and for each callback. It is the same on every runtime, and for coroutines as for async functions.
 *
 * A task that was given no name is called by the order of the first steps: `main`, `task-1`, …
 *
 * @param main a coroutine, a lazy awaitable, or a generator or async function
 * @throws what `runVirtual()` throws, and what main throws
 *
 * @example Two tasks
 * ```ts
 * import { createTask, sleep } from "@loop/asyncio";
 * import { trace } from "@loop/asyncio/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const text = await trace(function* () {
 *   const child = createTask(sleep(5), { name: "child" });
 *   yield* child;
 * });
 * assertEquals(text.split("\n"), [
 *   "      0 ms  main",
 *   "      0 ms  child",
 *   "      5 ms  child returns",
 *   "      5 ms  main returns",
 * ]);
 * ```
 *
 * @category Tests
 */
export async function trace(main: TaskSource<unknown>, options: VirtualOptions = {}): Promise<string> {
  checkOptionNames(options, VIRTUAL_OPTIONS, "trace()");
  checkVirtualOptions(options, "trace()");
  const recorder = new Recorder(new TaskNames());
  let loop: EventLoop | undefined;
  await runOnVirtualTime(main, options, {
    where: "trace()",
    made: (made) => loop = made,
    choose(ready) {
      recorder.note(loop!.time(), ready.at(0));
      return 1;
    },
  });
  return recorder.text();
}
