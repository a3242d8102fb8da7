/**
 * The stack of a task.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { call, type Coroutine, createTask, currentTask, Event, run, sleep, type Task } from "../../mod.ts";

/** The functions of the frames that are of this file. */
function functions(frames: string[]): string[] {
  for (const frame of frames) assertMatch(frame, /task_stack_test\.ts:\d+:\d+/);
  return frames.map((frame) => frame.split(" ")[0]!);
}

function* innermost(event: Event): Coroutine<void> {
  yield* event.wait();
}

function* middle(event: Event): Coroutine<void> {
  yield* call(innermost(event));
}

function* outermost(event: Event): Coroutine<void> {
  yield* middle(event);
}

describe("Task.getStack()", () => {
  it("has the coroutines of a task that waits, the oldest first, and keeps the newest", async () => {
    await run(function* () {
      const event = new Event();
      const task = createTask(outermost(event));
      assertEquals(task.getStack(), []);
      yield* sleep(0);
      assertEquals(functions(task.getStack()), ["outermost", "middle", "innermost"]);
      assertEquals(functions(task.getStack(2)), ["middle", "innermost"]);
      assertEquals(task.getStack(0), []);
      assertEquals(functions(task.getStack(Infinity)).length, 3);
      event.set();
      yield* task;
      assertEquals(task.getStack(), []);
    });
  });

  it("has what runs just now", async () => {
    await run(function* () {
      const stacks: string[][] = [];
      // No call is the last thing that a function returns: JavaScriptCore leaves such a frame out.
      const helper = () => void stacks.push(currentTask()!.getStack());
      const own = createTask(function* running(): Coroutine<void> {
        yield* sleep(0);
        helper();
      });
      yield* own;
      assertEquals(functions(stacks[0]!), ["running", "helper"]);
    });
  });

  it("has the frames of the error of a task that has failed, and keeps the oldest", async () => {
    await run(function* () {
      function* fails(): Coroutine<void> {
        yield* sleep(0);
        throw new RangeError("out of reach");
      }
      const task = createTask(function* above(): Coroutine<void> {
        yield* fails();
      });
      yield* sleep(1);
      assertEquals(functions(task.getStack()), ["above", "fails"]);
      assertEquals(functions(task.getStack(1)), ["above"]);
      const texts: string[] = [];
      task.printStack(null, (text) => texts.push(text));
      const [head, ...lines] = texts.join().split("\n");
      assertMatch(head!, /^Traceback for <Task finished .*> \(most recent call last\):$/);
      assertEquals(lines.length, 3);
      assertEquals(lines[2], 'RangeError("out of reach")');
      assert(task.exception() instanceof RangeError);
    });
  });

  it("has nothing of a task that was cancelled, nor of an async function that waits", async () => {
    await run(async () => {
      const event = new Event();
      const cancelled = createTask(outermost(event));
      const waits = createTask(async () => await event.wait());
      await sleep(0);
      cancelled.cancel();
      await sleep(1);
      assertEquals([cancelled.getStack(), waits.getStack()], [[], []]);
      event.set();
    });
  });

  it("refuses what is no number of frames", async () => {
    await run(async () => {
      await sleep(0);
      const task = currentTask() as Task<unknown>;
      for (const limit of [-1, -Infinity, NaN, 1.5, "x", "2", true, [1], {}]) {
        assertThrows(() => task.getStack(limit as number), RangeError, "give a number, or null for all");
      }
    });
  });
});

describe("Task.printStack()", () => {
  it("says what the stack is of", async () => {
    await run(function* () {
      const event = new Event();
      const task = createTask(outermost(event), { name: "one" });
      const texts: string[] = [];
      yield* sleep(0);
      task.printStack(1, (text) => texts.push(text));
      event.set();
      yield* task;
      task.printStack(null, (text) => texts.push(text));
      assertMatch(
        texts[0]!,
        /^Stack for <Task pending name='one' .*> \(most recent call last\):\n {2}innermost \(.*:\d+:\d+\)$/,
      );
      assertMatch(texts[1]!, /^No stack for <Task finished name='one' .*>$/);
    });
  });
});
