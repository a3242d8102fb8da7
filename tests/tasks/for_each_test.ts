// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, type Coroutine, createTask, forEach, fromPromise, sleep } from "../../mod.ts";
import { failure, hostTurn, play, playAndListen } from "../core/play.ts";

/** An async iterable that writes down what is done with it. */
function watched(log: string[], options: { items?: number; never?: boolean; failsToClose?: boolean } = {}) {
  const iterable: AsyncIterable<number> = {
    [Symbol.asyncIterator]() {
      let next = 0;
      return {
        next() {
          log.push("next");
          if (options.never) return new Promise(() => {});
          const done = next >= (options.items ?? 2);
          return Promise.resolve(done ? { done, value: undefined } : { done, value: next++ });
        },
        return() {
          log.push("return");
          if (options.failsToClose) return Promise.reject(new Error("cannot close"));
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
  return iterable;
}

describe("forEach()", () => {
  it("runs the body for each item, one after the other", async () => {
    const log: string[] = [];
    await play(() =>
      forEach(watched(log), function* (item) {
        log.push(`${item}+`);
        yield* sleep(1);
        log.push(`${item}-`);
      })
    );
    assertEquals(log, ["next", "0+", "0-", "next", "1+", "1-", "next"]);
  });

  it("takes an async function as its body, and is itself awaited in async functions", async () => {
    const log: string[] = [];
    await play(async () => {
      await forEach(watched(log), async (item) => {
        await sleep(1);
        log.push(`${item}`);
      });
    });
    assertEquals(log, ["next", "0", "next", "1", "next"]);
  });

  it("takes async generators and streams of the host", async () => {
    const got: unknown[] = [];
    await play(function* () {
      const generator = async function* () {
        yield "a";
        await Promise.resolve();
        yield "b";
      };
      yield* forEach(generator(), function* (item) {
        got.push(item);
      });
      const stream = new ReadableStream<string>({
        start(controller) {
          controller.enqueue("c");
          controller.close();
        },
      });
      yield* forEach(stream, function* (item) {
        got.push(item);
      });
    });
    assertEquals(got, ["a", "b", "c"]);
  });

  it("takes what is not asynchronous, gives its items as they are, and closes it", async () => {
    const promise = Promise.resolve(1);
    let closed = 0;
    const generator = function* () {
      try {
        yield promise;
        yield promise;
      } finally {
        closed++;
      }
    };
    const got: unknown[] = [];
    await play(() =>
      forEach(generator(), function* (item) {
        got.push(item);
      })
    );
    assertStrictEquals(got[1], promise);
    const error = new Error("enough");
    const failed = await failure(() =>
      forEach(generator(), function* () {
        throw error;
      })
    );
    assertStrictEquals(failed, error);
    assertEquals(closed, 2);
  });

  it("closes the iterator when the body throws, and waits for that", async () => {
    const log: string[] = [];
    const error = new Error("body");
    const failed = await failure(() =>
      forEach(watched(log), function* () {
        throw error;
      })
    );
    assertStrictEquals(failed, error);
    assertEquals(log, ["next", "return"]);
  });

  it("closes the iterator when the task is cancelled in the body", async () => {
    const log: string[] = [];
    await play(function* () {
      const task = createTask(forEach(watched(log), () => sleep(1_000)));
      yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      assert(task.cancelled());
    });
    assertEquals(log, ["next", "return"]);
  });

  it("ends at once when it is cancelled while it waits for an item, and closes the iterator all the same", async () => {
    const log: string[] = [];
    await play(function* () {
      const task = createTask(forEach(watched(log, { never: true }), function* () {}));
      yield* sleep(1);
      task.cancel("enough");
      yield* sleep(0);
      assertEquals(assertThrows(() => task.result(), CancelledError).message, "enough");
    });
    assertEquals(log, ["next", "return"]);
  });

  it("does not close an iterator that is over, or that failed by itself", async () => {
    const log: string[] = [];
    await play(() => forEach(watched(log, { items: 0 }), function* () {}));
    assertEquals(log, ["next"]);
    let closed = false;
    const broken: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error("broken")),
        return: () => {
          closed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    assertEquals((await failure(() => forEach(broken, function* () {})) as Error).message, "broken");
    assertEquals(closed, false);
  });

  it("keeps both errors when the body and the closing fail", async () => {
    const body = new Error("body");
    const error = await failure(() =>
      forEach(watched([], { failsToClose: true }), function* () {
        throw body;
      })
    );
    assertInstanceOf(error, SuppressedError);
    assertStrictEquals(error.suppressed, body);
    assertEquals(error.error.message, "cannot close");
  });

  it("reports an iterator that fails to close when nobody can wait for it", async () => {
    const [, reports] = await playAndListen(function* () {
      const task = createTask(forEach(watched([], { never: true, failsToClose: true }), function* () {}));
      yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      assert(task.cancelled());
    });
    assertEquals(reports.map(({ exception }) => (exception as Error).message), ["cannot close"]);
  });

  it("closes the iterator when its coroutine is closed by hand", async () => {
    const log: string[] = [];
    await play(function* () {
      const loop = forEach(watched(log), () => sleep(1_000)) as unknown as Generator;
      const task = createTask(loop as never);
      yield* sleep(1);
      loop.return(undefined);
      assertEquals(log, ["next", "return"]);
      task.cancel();
      yield* sleep(1);
    });
  });

  it("refuses what is not iterable, and a body that is no function", () => {
    // @ts-expect-error: not iterable
    assertThrows(() => forEach(5, function* () {}), TypeError);
    // @ts-expect-error: not iterable
    assertThrows(() => forEach(null, function* () {}), TypeError);
    // @ts-expect-error: not a function
    assertThrows(() => forEach([], 1), TypeError);
  });

  describe("over a stream of the host", () => {
    /** A stream that gives some parts and then no other, and writes down when it is cancelled. */
    function stream(log: string[], parts: string[], end: "waits" | "closes" | "fails"): ReadableStream<string> {
      let count = 0;
      return new ReadableStream({
        pull(controller) {
          if (count < parts.length) return controller.enqueue(parts[count++]!);
          if (end === "waits") return new Promise(() => {});
          if (end === "closes") controller.close();
          else controller.error(new RangeError("dry"));
        },
        cancel() {
          log.push("cancelled");
        },
      }, { highWaterMark: 0 });
    }

    /** Reads a stream until it waits for a part, and is cancelled there. */
    function* cancelledRead(source: ReadableStream<string>, got: string[]): Coroutine<void> {
      const task = createTask(forEach(source, function* (part) {
        got.push(part);
      }));
      yield* fromPromise(hostTurn());
      task.cancel();
      yield* fromPromise(hostTurn());
      assert(task.cancelled());
    }

    it("cancels the stream and frees it when it is cancelled while it waits for a part", async () => {
      const log: string[] = [];
      const source = stream(log, ["a"], "waits");
      await play(() => cancelledRead(source, log));
      assertEquals([log, source.locked], [["a", "cancelled"], false]);
    });

    it("reports a stream that fails to be cancelled when nobody can wait for it", async () => {
      const source = new ReadableStream<string>({
        pull: () => new Promise(() => {}),
        cancel: () => Promise.reject(new Error("cannot close")),
      });
      const [, reports] = await playAndListen(() => cancelledRead(source, []));
      assertEquals(reports.map(({ exception }) => (exception as Error).message), ["cannot close"]);
    });

    it("cancels the stream and frees it when the body throws", async () => {
      const log: string[] = [];
      const source = stream(log, ["a", "b"], "waits");
      const error = await failure(forEach(source, function* () {
        throw new RangeError("body");
      }));
      assertInstanceOf(error, RangeError);
      assertEquals([log, source.locked], [["cancelled"], false]);
    });

    it("frees a stream that has ended, or failed by itself, and does not cancel it", async () => {
      const log: string[] = [];
      const [ended, failing] = [stream(log, ["a"], "closes"), stream(log, ["a"], "fails")];
      await play(forEach(ended, function* () {}));
      assertInstanceOf(await failure(forEach(failing, function* () {})), RangeError);
      assertEquals([log, ended.locked, failing.locked], [[], false, false]);
    });

    it("takes a stream that a subclass iterates in its own way by that", async () => {
      class Twice extends ReadableStream<string> {
        override async *[Symbol.asyncIterator]() {
          yield "a";
          yield "a";
        }
      }
      const got: string[] = [];
      await play(forEach(new Twice(), function* (part) {
        got.push(part);
      }));
      assertEquals(got, ["a", "a"]);
    });
  });
});
