// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  type Coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  sleep,
  type Task,
} from "../../mod.ts";
import { failure, play, playAndListen, trace, virtualLoop } from "../core/play.ts";
import { after, caught, either, failAfter, ticks } from "./steps.ts";

describe("gather()", () => {
  it("gives the results in the order of the arguments, whoever is done first", async () => {
    await play(function* () {
      assertEquals(yield* gather(after(3, "a"), after(1, "b"), after(2, "c")), ["a", "b", "c"]);
      assertEquals(yield* gather([after(3, "a"), after(1, "b")]), ["a", "b"]);
    });
  });

  it("starts coroutines as tasks in the order of the arguments", async () => {
    const words = await trace(function* (say) {
      function* word(text: string): Coroutine<void> {
        say(text);
        yield* sleep(0);
        say(text);
      }
      const future = gather(word("a"), word("b"), word("c"));
      say("made");
      yield* future;
    });
    assertEquals(words, "made a b c a b c");
  });

  for (const fails of [false, true]) {
    it(`is done in the place of a callback of the child that ${fails ? "fails" : "is the last to return"}`, async () => {
      const words = await trace(function* (say) {
        const loop = getRunningLoop();
        const end = function* (name: string, fail = false): Coroutine<string> {
          yield* sleep(0);
          loop.callSoon(() => say(`soon-${name}`));
          if (fail) throw new Error(name);
          return name;
        };
        const children = fails ? [end("a"), end("b", true), end("c")] : [end("a"), end("c"), end("b")];
        const tasks = children.map((child) => createTask(child));
        const future = gather(tasks);
        for (const [i, task] of tasks.entries()) {
          task.addDoneCallback(() => loop.callSoon(() => say(`late-${i}`)));
        }
        future.addDoneCallback(() => say("gathered"));
        yield* either(future);
        yield* ticks(2);
      });
      const order = fails
        ? "soon-a soon-b soon-c late-0 gathered late-1 late-2"
        : "soon-a soon-c soon-b late-0 late-1 gathered late-2";
      assertEquals(words, order);
    });
  }

  it("counts tasks that others wait for as well, and such as are gathered twice", async () => {
    const words = await trace(function* (say) {
      const children = [after(1, "a"), after(2, "b")].map((child) => createTask(child));
      const both = [gather(children), gather([...children].reverse())] as const;
      const waits = createTask(function* () {
        say(yield* children[1]!);
      });
      for (const future of both) say((yield* future).join(""));
      yield* waits;
      assertEquals(children.map((child) => String(child).includes("gather")), [false, false]);
    });
    assertEquals(words, "b ab ba");
  });

  it("is named by its children for as long as it waits for them", async () => {
    await play(function* () {
      const child = createTask(after(1, "a"), { name: "child" });
      const future = gather(child);
      assertEquals(String(child), "<Task pending name='child' coro=<coroutine> cb=[<gather 0/1 pending>]>");
      yield* future;
    });
  });

  it("gives a done future of nothing when it is given nothing", async () => {
    await play(function* () {
      for (const future of [gather(), gather([])]) {
        assert(future.done());
        assertEquals((yield* future) as unknown[], []);
      }
    });
  });

  it("runs a coroutine that is given twice once, and gives its result twice", async () => {
    await play(function* () {
      let runs = 0;
      function* once(): Coroutine<number> {
        yield* sleep(0);
        return ++runs;
      }
      const coroutine = once();
      const future = getRunningLoop().createFuture<string>();
      future.setResult("f");
      assertEquals(yield* gather(coroutine, future, coroutine, future), [1, "f", 1, "f"]);
      assertEquals(runs, 1);
    });
  });

  it("takes sleep(0) given several times for as many sleeps", async () => {
    await play(function* () {
      const before = allTasks().size;
      const all = gather(sleep(0), sleep(0), sleep(0));
      assertEquals(allTasks().size - before, 3);
      assertEquals(yield* all, [undefined, undefined, undefined]);
    });
  });

  it("is done on return when all of its futures are", async () => {
    await play(function* () {
      const done = getRunningLoop().createFuture<number>();
      done.setResult(1);
      const all = gather(done, done);
      assert(all.done());
      assertEquals(all.result(), [1, 1]);
    });
  });

  it("takes promises, futures, tasks, coroutines and lazy awaitables side by side", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<string>();
      getRunningLoop().callLater(3, () => future.setResult("future"));
      const all = yield* gather(
        Promise.resolve("promise"),
        future,
        createTask(sleep(1, "task")),
        after(1, "coroutine"),
        sleep(2, "lazy"),
      );
      assertEquals(all, ["promise", "future", "task", "coroutine", "lazy"]);
    });
  });

  it("gives the very error of the first child that fails, while the others go on to their end", async () => {
    const words = await trace(function* (say) {
      const error = new Error("bad");
      const a = createTask(function* () {
        yield* after(5, null);
        say("a done");
      });
      function* bad(): Coroutine<void> {
        yield* sleep(0);
        say("bad raises");
        throw error;
      }
      function* c(): Coroutine<void> {
        yield* after(2, null);
        say("c done");
      }
      try {
        yield* gather(a, bad(), c());
      } catch (caught) {
        assertStrictEquals(caught, error);
        say("main caught");
      }
      yield* a;
    });
    assertEquals(words, "bad raises c done main caught a done");
  });

  it("takes the errors that come after the first one as read, so that nobody is told of them", async () => {
    const [, reports] = await playAndListen(function* () {
      const first = new Error("first");
      try {
        yield* gather(failAfter(1, first), failAfter(1, new Error("second")), failAfter(4, new Error("third")));
      } catch (error) {
        assertStrictEquals(error, first);
      }
      yield* after(8, null);
    });
    assertEquals(reports, []);
  });

  it("has its error reported if nobody reads it", async () => {
    const error = new Error("unread");
    const [, reports] = await playAndListen(function* () {
      void gather(failAfter(1, error));
      yield* after(5, null);
    });
    assertEquals(reports.map(({ exception }) => exception), [error]);
  });

  it("gives errors in place of results when asked to, cancelled children included", async () => {
    await play(function* () {
      const error = new Error("bad");
      const cancelled = createTask(sleep(60_000));
      getRunningLoop().callSoon(() => cancelled.cancel("no need"));
      const results = yield* gather([after(2, "a"), failAfter(1, error), cancelled], { returnExceptions: true });
      assertEquals(results[0], "a");
      assertStrictEquals(results[1], error);
      assertInstanceOf(results[2], CancelledError);
    });
  });

  it("keeps the message of a future that was cancelled, among the results", async () => {
    await play(function* () {
      const future = getRunningLoop().createFuture<void>();
      future.cancel("gone");
      const [error] = yield* gather([future], { returnExceptions: true });
      assertInstanceOf(error, CancelledError);
      assertEquals(error.message, "gone");
    });
  });

  it("fails with the CancelledError of a child that was cancelled, without being cancelled itself", async () => {
    await play(function* () {
      const child = createTask(sleep(60_000));
      const waiting = createTask(function* () {
        yield* gather(child, after(20, null));
      });
      yield* sleep(0);
      child.cancel("child");
      yield* after(5, null);
      assert(waiting.cancelled());
      assertEquals(waiting.cancelling(), 0);
    });
  });

  it("takes on a child that had failed before the call", async () => {
    await play(function* () {
      const error = new Error("before");
      const failed = getRunningLoop().createFuture<void>();
      failed.setException(error);
      const all = gather(after(1, 1), failed);
      assert(all.done());
      assertStrictEquals(all.exception(), error);
      yield* after(3, null);
    });
  });

  it("gives the error of the first argument of several that had failed before the call", async () => {
    await play(function* () {
      const errors = [new Error("one"), new Error("two")];
      const futures = errors.map((error) => {
        const future = getRunningLoop().createFuture<void>();
        future.setException(error);
        return future;
      });
      assertStrictEquals(gather(futures).exception(), errors[0]);
    });
  });

  describe("cancel()", () => {
    it("cancels every child with the message and is done when they are, cancelled only in what it throws", async () => {
      await play(function* () {
        const children = [createTask(sleep(60_000)), createTask(sleep(60_000))];
        yield* sleep(0);
        const all = gather(children);
        assert(all.cancel("enough"));
        assertFalse(all.done());
        let caught: unknown;
        try {
          yield* all;
        } catch (error) {
          caught = error;
        }
        assertInstanceOf(caught, CancelledError);
        assertEquals(caught.message, "enough");
        assertFalse(all.cancelled());
        for (const child of children) assert(child.cancelled());
      });
    });

    it("asks a child as often as it is an argument, and throws what the last argument ended with", async () => {
      await play(function* () {
        function* renamed(message: string): Coroutine<void> {
          yield* caught(sleep(60_000));
          throw new CancelledError(message);
        }
        const [first, last] = [createTask(renamed("first")), createTask(renamed("last"))];
        yield* sleep(0);
        const all = gather([first, first, last], { returnExceptions: true });
        all.cancel();
        assertEquals([first.cancelling(), last.cancelling()], [2, 1]);
        const error = yield* caught(all);
        assertInstanceOf(error, CancelledError);
        assertEquals(error.message, "last");
      });
    });

    it("says false when it is done, or no child accepts", async () => {
      await play(function* () {
        const empty = gather();
        assertFalse(empty.cancel());
        const all = gather(after(1, 1));
        yield* all;
        assertFalse(all.cancel());
      });
    });

    it("throws a CancelledError even if the children swallow theirs, and if errors are wanted as results", async () => {
      for (const returnExceptions of [false, true]) {
        await play(function* () {
          const child = createTask(function* () {
            try {
              yield* sleep(60_000);
            } catch {
              return "swallowed";
            }
          });
          yield* sleep(0);
          const all: Future<unknown> = gather([child], { returnExceptions });
          all.cancel();
          let caught: unknown;
          try {
            yield* all;
          } catch (error) {
            caught = error;
          }
          assertInstanceOf(caught, CancelledError);
          assertEquals(child.result(), "swallowed");
        });
      }
    });

    it("lets a task that awaits it end only after every child has cleaned up", async () => {
      const words = await trace(function* (say) {
        function* slow(name: string, ticks: number): Coroutine<void> {
          try {
            yield* sleep(60_000);
          } finally {
            yield* after(ticks, null);
            say(name);
          }
        }
        const waiting = createTask(function* () {
          try {
            yield* gather(slow("a", 5), slow("b", 2));
          } finally {
            say("end");
          }
        });
        yield* after(2, null);
        waiting.cancel();
        yield* after(10, null);
        assert(waiting.cancelled());
      });
      // Without errors as results the first cancelled child settles it.
      assertEquals(words, "b end a");
    });

    it("waits for all of them when errors are wanted as results", async () => {
      const words = await trace(function* (say) {
        function* slow(name: string, ticks: number): Coroutine<void> {
          try {
            yield* sleep(60_000);
          } finally {
            yield* after(ticks, null);
            say(name);
          }
        }
        const waiting = createTask(function* () {
          try {
            yield* gather([slow("a", 5), slow("b", 2)], { returnExceptions: true });
          } finally {
            say("end");
          }
        });
        yield* after(2, null);
        waiting.cancel();
        yield* after(10, null);
        assert(waiting.cancelled());
      });
      assertEquals(words, "b a end");
    });
  });

  describe("misuse", () => {
    it("refuses futures of different loops", () => {
      const [one, other] = [virtualLoop(), virtualLoop()];
      const futures = [one.createFuture(), other.createFuture()];
      assertThrows(() => gather(futures), RangeError, "another loop");
      for (const future of futures) assert(!future.done() && future.toString() === "<Future pending>");
      one.close();
      other.close();
    });

    it("refuses what is nothing to wait for, and starts none of the others then", async () => {
      await play(function* () {
        let started = false;
        function* innocent(): Coroutine<void> {
          started = true;
          yield* sleep(0);
        }
        for (const wrong of [5, null, undefined, "text", {}, Symbol()]) {
          assertThrows(() => gather(innocent(), wrong as unknown as Task<void>), TypeError, "must be");
          assertThrows(() => gather([innocent(), wrong as unknown as Task<void>]), TypeError, "must be");
        }
        yield* after(3, null);
        assertFalse(started);
      });
    });

    it("refuses options behind single arguments, and says where they go", async () => {
      await play(function* () {
        // @ts-expect-error: options need a list
        assertThrows(() => gather(after(1), { returnExceptions: true }), TypeError, "give a list");
      });
    });

    it("needs a loop, and says how to get one", async () => {
      assertThrows(() => gather(), Error, "run()");
      assertThrows(() => gather(after(1, 1)), Error, "run()");
      assertInstanceOf(await failure(() => gather(after(1, 1)) as never), TypeError);
    });
  });
});
