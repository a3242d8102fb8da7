import { assert, assertEquals, assertFalse, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  gather,
  sleep,
  taskGroup,
  type TaskSource,
  timeout,
} from "../../../mod.ts";
import { play } from "../../core/play.ts";
import { caught } from "../steps.ts";

/** Every form of work, which notes that it has begun or cleaned up. */
const SOURCES: Record<string, (note: () => void) => TaskSource<unknown>> = {
  "a coroutine": (note) => noting(note),
  "a generator function": (note) => () => noting(note),
  "an async function": (note) => async () => {
    try {
      note();
      await sleep(1);
    } finally {
      note();
    }
  },
  "a lazy awaitable": (note) => coroutine(noting)(note),
  "a lazy awaitable of an async function": (note) =>
    coroutine(async () => {
      note();
      await sleep(1);
    })(),
  "call()": (note) => call(noting(note)),
  "timeout()": (note) => timeout(10, () => noting(note)),
  "taskGroup()": (note) => taskGroup(() => noting(note)),
};

function* noting(note: () => void): Coroutine<void> {
  try {
    note();
    yield* sleep(1);
  } finally {
    note();
  }
}

describe("A task that is cancelled before its first step never begins, and cleans nothing up:", () => {
  for (const [name, make] of Object.entries(SOURCES)) {
    it(name, async () => {
      await play(function* () {
        let notes = 0;
        const task = createTask(make(() => notes++));
        assert(task.cancel("too early"));
        const error = yield* caught(task);
        assertInstanceOf(error, CancelledError);
        assertEquals(error.message, "too early");
        assert(task.cancelled());
        assertEquals(notes, 0);
      });
    });
  }

  it("in a group that is cancelled, and in gather()", async () => {
    await play(function* () {
      let notes = 0;
      yield* taskGroup(function* (group) {
        group.createTask(noting(() => notes++));
        group.cancel();
      });
      const all = gather(noting(() => notes++), noting(() => notes++));
      all.cancel();
      assertInstanceOf(yield* caught(all), CancelledError);
      assertEquals(notes, 0);
    });
  });

  it("by a signal that was aborted before: nothing stays registered on it", async () => {
    await play(function* () {
      const controller = new AbortController();
      controller.abort(new Error("reason"));
      let listeners = 0;
      const { signal } = controller;
      const { addEventListener } = signal;
      signal.addEventListener = (...args: unknown[]) => {
        listeners++;
        return addEventListener.apply(signal, args as never);
      };
      let notes = 0;
      const task = createTask(noting(() => notes++), { signal });
      const error = yield* caught(task);
      assertInstanceOf(error, CancelledError);
      assertEquals([error.message, notes, listeners], ["reason", 0, 0]);
    });
  });

  it("unless the cancel is taken back in time", async () => {
    await play(function* () {
      let notes = 0;
      const task = createTask(noting(() => notes++));
      task.cancel();
      task.uncancel();
      yield* task;
      assertFalse(task.cancelled());
      assertEquals(notes, 2);
    });
  });
});
