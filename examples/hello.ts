/**
 * The first program: a task that sleeps for a second, then prints.
 *
 * ```sh
 * deno run examples/hello.ts
 * bun run examples/hello.ts
 * node examples/hello.ts
 * ```
 *
 * @module
 */
import { type Coroutine, main, newEventLoop, sleep } from "@loop/asyncio";

function* hello(from: string): Coroutine<void> {
  yield* sleep(1_000);
  console.log(`hello from ${from}`);
}

// Get a loop, make a task, run the loop until the task is done.
const loop = newEventLoop();
const task = loop.createTask(hello("a task"));
await loop.runUntilComplete(task);
loop.close();

// The same, and all that a program needs: main() makes the loop, cleans up, closes it and ends the process with its exit code.
main(hello("main()"));
