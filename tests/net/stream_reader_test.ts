// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
import { assert, assertEquals, assertFalse, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  forEach,
  getRunningLoop,
  IncompleteReadError,
  LimitOverrunError,
  NotSupportedError,
  run,
  RuntimeError,
  sleep,
  StreamReader,
  type StreamReaderOptions,
} from "../../mod.ts";
import { play, rejection } from "../core/play.ts";
import { bytes, failure, text } from "./play_net.ts";

/** A reader with data, at its end unless it goes on. */
function reading(
  text: string,
  { goesOn = false, ...options }: StreamReaderOptions & { goesOn?: boolean } = {},
): StreamReader {
  const reader = new StreamReader(options);
  reader.feedData(bytes(text));
  if (!goesOn) reader.feedEof();
  return reader;
}

describe("StreamReader", () => {
  it("read(n) gives what is there, at least one byte, and none at the end", async () => {
    await play(function* () {
      const reader = reading("hello");
      assertEquals(text(yield* reader.read(2)), "he");
      assertEquals(text(yield* reader.read(100)), "llo");
      assertEquals((yield* reader.read(1)).length, 0);
      assert(reader.atEof());
    });
  });

  it("read(n) waits only while nothing is there", async () => {
    await play(function* () {
      const reader = new StreamReader();
      assertEquals((yield* reader.read(0)).length, 0);
      const task = createTask(reader.read(10));
      yield* sleep(0);
      assertFalse(task.done());
      reader.feedData(new Uint8Array(0));
      yield* sleep(0);
      assertFalse(task.done());
      reader.feedData(bytes("ab"));
      assertEquals(text(yield* task), "ab");
      assertFalse(reader.atEof());
    });
  });

  it("read() gives everything up to the end, however much", async () => {
    await play(function* () {
      const reader = new StreamReader({ limit: 4 });
      const task = createTask(reader.read());
      for (const text of ["0123456789", "ab", ""]) {
        reader.feedData(bytes(text));
        yield* sleep(0);
      }
      assertFalse(task.done());
      reader.feedEof();
      assertEquals(text(yield* task), "0123456789ab");
      assertEquals((yield* reader.read()).length, 0);
    });
  });

  it("keeps its own copy of what it was fed", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const memory = bytes("abc");
      reader.feedData(memory);
      memory.fill(0);
      const data = yield* reader.read(3);
      reader.feedData(bytes("xyz"));
      assertEquals(text(data), "abc");
    });
  });

  it("gives every byte once and in order, whatever the sizes of pieces and reads", async () => {
    await play(function* () {
      const reader = new StreamReader();
      let seed = 7;
      const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
      let fed = 0;
      let read = 0;
      for (let i = 0; i < 3_000; i++) {
        const piece = new Uint8Array(random(700));
        for (let j = 0; j < piece.length; j++) piece[j] = fed++ % 251;
        reader.feedData(piece);
        const data = yield* reader.read(Math.min(random(i % 100 === 0 ? 100_000 : 700), fed - read));
        assertEquals(data.buffer.byteLength, data.length);
        for (const byte of data) if (byte !== read++ % 251) throw new Error(`Byte ${read - 1} is ${byte}`);
      }
      assert(read > 100_000);
    });
  });

  it("readline() gives lines with their end, then what is left, then nothing", async () => {
    await play(function* () {
      const reader = reading("one\n\ntwo");
      const lines = [];
      for (let i = 0; i < 4; i++) lines.push(text(yield* reader.readline()));
      assertEquals(lines, ["one\n", "\n", "two", ""]);
    });
  });

  it("readline() of a line beyond the limit is refused, and drops that line or everything", async () => {
    await play(function* () {
      const found = reading("too long\nnext\n", { limit: 5 });
      const error = yield* failure(found.readline());
      assertInstanceOf(error, RangeError);
      assertInstanceOf(error.cause, LimitOverrunError);
      assertEquals(error.message, error.cause.message);
      assertEquals(text(yield* found.readline()), "next\n");
      const missing = reading("far too long", { limit: 5, goesOn: true });
      assertInstanceOf(yield* failure(missing.readline()), RangeError);
      missing.feedData(bytes("b\n"));
      assertEquals(text(yield* missing.readline()), "b\n");
    });
  });

  it("readexactly() waits for as many bytes, and says what came if the stream ends before", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.readexactly(4));
      for (const text of ["a", "bc", "def"]) {
        yield* sleep(0);
        assertFalse(task.done());
        reader.feedData(bytes(text));
      }
      assertEquals(text(yield* task), "abcd");
      assertEquals((yield* reader.readexactly(0)).length, 0);
      reader.feedEof();
      const error = yield* failure(reader.readexactly(3));
      assertInstanceOf(error, IncompleteReadError);
      assertEquals([text(error.partial), error.expected], ["ef", 3]);
      assert(error.message.includes("2 bytes") && error.message.includes("3 expected"));
      assert(reader.atEof());
    });
  });

  it("readuntil() gives data with the separator, also one that came in pieces", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.readuntil("\r\n"));
      for (const text of ["a\r", "b\r", "\nc"]) {
        yield* sleep(0);
        assertFalse(task.done());
        reader.feedData(bytes(text));
      }
      assertEquals(text(yield* task), "a\rb\r\n");
      reader.feedEof();
      const error = yield* failure(reader.readuntil(bytes("\n")));
      assertInstanceOf(error, IncompleteReadError);
      assertEquals([text(error.partial), error.expected], ["c", null]);
      assert(error.message.includes("after 1 bytes, before what was waited for"), error.message);
    });
  });

  it("readuntil() of several separators takes the one that ends first", async () => {
    await play(function* () {
      const reader = reading("a<long>b;c<", { goesOn: true });
      assertEquals(text(yield* reader.readuntil(["<long>", ";"])), "a<long>");
      assertEquals(text(yield* reader.readuntil([bytes("b;c"), ";"])), "b;");
      assertEquals(text(yield* reader.readuntil(["c<", "<"])), "c<");
    });
  });

  it("readuntil() takes a separator exactly at the limit, and refuses one behind it without losing data", async () => {
    await play(function* () {
      assertEquals(text(yield* reading("12345;", { limit: 5 }).readuntil(";")), "12345;");
      const found = reading("123456;", { limit: 5 });
      const behind = yield* failure(found.readuntil(";"));
      assertInstanceOf(behind, LimitOverrunError);
      assertEquals(behind.consumed, 6);
      assertEquals(text(yield* found.read()), "123456;");
      const missing = reading("1234567", { limit: 5, goesOn: true });
      const absent = yield* failure(missing.readuntil(";;"));
      assertInstanceOf(absent, LimitOverrunError);
      assertEquals(absent.consumed, 6);
      assertFalse(absent.message === behind.message);
      assertEquals(text(yield* missing.readexactly(7)), "1234567");
    });
  });

  it("refuses what cannot be read", async () => {
    await play(function* () {
      const reader = reading("abc");
      assertInstanceOf(yield* failure(reader.readexactly(-1)), RangeError);
      assertInstanceOf(yield* failure(reader.readuntil("")), RangeError);
      assertInstanceOf(yield* failure(reader.readuntil(["a", ""])), RangeError);
      assertInstanceOf(yield* failure(reader.readuntil([])), RangeError);
      assertThrows(() => reader.read(1.5), RangeError);
      // @ts-expect-error: not a number
      assertThrows(() => reader.readexactly("3"), TypeError);
      // @ts-expect-error: not bytes
      assertThrows(() => reader.readuntil([1]), TypeError);
      // @ts-expect-error: no separator
      assertThrows(() => reader.readuntil(null), TypeError, "a separator is");
      assertEquals(text(yield* reader.read()), "abc");
    });
  });

  it("refuses a limit that is not above zero, and to be made without a loop", async () => {
    await play(function* () {
      for (const limit of [0, -1, NaN, 1.5]) assertThrows(() => new StreamReader({ limit }), RangeError);
      // @ts-expect-error: not a number
      assertThrows(() => new StreamReader({ limit: "1" }), TypeError);
    });
    assertThrows(() => new StreamReader(), RuntimeError);
  });

  it("refuses a second reader by its method's name, and the first one goes on", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const first = createTask(reader.readline());
      yield* sleep(0);
      for (
        const [name, read] of [
          ["read", reader.read()],
          ["read", reader.read(1)],
          ["readline", reader.readline()],
          ["readexactly", reader.readexactly(1)],
          ["readuntil", reader.readuntil(";")],
        ] as const
      ) {
        const error = yield* failure(read);
        assertInstanceOf(error, RuntimeError);
        assert(error.message.includes(`${name}()`));
      }
      reader.feedData(bytes("line\n"));
      assertEquals(text(yield* first), "line\n");
    });
  });

  it("setException() refuses what is not an Error and goes on reading", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.read(1));
      yield* sleep(0);
      for (const value of ["text", 5, null, undefined, {}, RangeError]) {
        const set = () => reader.setException(value as Error);
        assertThrows(set, TypeError, "as the exception of a StreamReader: it must be an Error");
      }
      assertStrictEquals(reader.exception(), null);
      reader.feedData(bytes("a"));
      assertEquals(yield* task, bytes("a"));
    });
  });

  it("setException() fails the read that waits and all later ones, before what is in the buffer", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.read(1));
      yield* sleep(0);
      assertStrictEquals(reader.exception(), null);
      const error = new Error("reset");
      reader.setException(error);
      yield* sleep(0);
      assertStrictEquals(task.exception(), error);
      assertStrictEquals(reader.exception(), error);
      reader.feedData(bytes("abc\n"));
      for (
        const read of [reader.read(0), reader.read(), reader.readline(), reader.readexactly(0), reader.readuntil(";")]
      ) {
        assertStrictEquals(yield* failure(read), error);
      }
    });
  });

  it("feedData() refuses what is not bytes, and the buffer is as it was", async () => {
    await play(function* () {
      const reader = reading("abc");
      for (const data of ["text", 5, [1, 2], new ArrayBuffer(3), null, undefined]) {
        assertThrows(() => reader.feedData(data as unknown as Uint8Array), TypeError, "give a Uint8Array");
      }
      assertEquals(text(yield* reader.read()), "abc");
    });
  });

  it("feedData() after feedEof() is refused", async () => {
    await play(function* () {
      const reader = reading("a");
      assertThrows(() => reader.feedData(bytes("b")), RuntimeError);
      assertEquals(text(yield* reader.read()), "a");
    });
  });

  it("a cancelled read loses no data, whenever the cancel comes, in coroutines and async functions", async () => {
    for (let ticks = 0; ticks < 6; ticks++) {
      await play(function* () {
        const reader = new StreamReader();
        let got = "";
        const tasks = [
          () =>
            createTask(function* () {
              got += text(yield* reader.read(3));
            }),
          () =>
            createTask(async () => {
              got += text(await reader.readexactly(3));
            }),
        ];
        for (const start of tasks) {
          got = "";
          const task = start();
          yield* sleep(1);
          reader.feedData(bytes("abc"));
          for (let i = 0; i < ticks; i++) yield* sleep(0);
          task.cancel();
          reader.feedData(bytes("def"));
          yield* sleep(1);
          got += text(yield* reader.read(6));
          assertEquals(got, "abcdef");
        }
      });
    }
  });

  it("a cancelled read gives its place to the next", async () => {
    await play(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.read(1));
      yield* sleep(0);
      task.cancel("enough");
      yield* sleep(0);
      assertEquals(assertThrows(() => task.result(), CancelledError).message, "enough");
      const next = createTask(reader.read(1));
      yield* sleep(0);
      reader.feedData(bytes("x"));
      assertEquals(text(yield* next), "x");
    });
  });

  it("pauses its transport above twice the limit, and resumes it at the limit", async () => {
    await play(function* () {
      const calls: string[] = [];
      const reader = new StreamReader({ limit: 4 });
      reader.setTransport({ pauseReading: () => calls.push("pause"), resumeReading: () => calls.push("resume") });
      reader.feedData(bytes("12345678"));
      assertEquals(calls, []);
      reader.feedData(bytes("9"));
      reader.feedData(bytes("0"));
      assertEquals(calls, ["pause"]);
      assert(String(reader).includes("paused"));
      yield* reader.read(5);
      assertEquals(calls, ["pause"]);
      yield* reader.read(1);
      assertEquals(calls, ["pause", "resume"]);
      assertThrows(() => reader.setTransport({ pauseReading() {}, resumeReading() {} }), RuntimeError);
    });
  });

  it("resumes its transport when a read needs more than the limit", async () => {
    await play(function* () {
      const reader = new StreamReader({ limit: 2 });
      const rest = [bytes("678"), bytes("90")];
      reader.setTransport({
        pauseReading() {},
        resumeReading: () => {
          const piece = rest.shift();
          if (piece !== undefined) getRunningLoop().callSoon(() => reader.feedData(piece));
        },
      });
      reader.feedData(bytes("12345"));
      assertEquals(text(yield* reader.readexactly(10)), "1234567890");
    });
  });

  it("forgets a transport that cannot be paused", async () => {
    await play(function* () {
      let asked = 0;
      const reader = new StreamReader({ limit: 1 });
      reader.setTransport({
        pauseReading() {
          asked++;
          throw new NotSupportedError("Cannot pause.");
        },
        resumeReading() {},
      });
      reader.feedData(bytes("123"));
      reader.feedData(bytes("456"));
      assertEquals(asked, 1);
      assertEquals(text(yield* reader.readexactly(6)), "123456");
    });
  });

  it("is iterable over its lines, in async functions and coroutines", async () => {
    await play(async () => {
      const lines: string[] = [];
      for await (const line of reading("one\ntwo\nthree")) lines.push(text(line));
      await forEach(reading("four\n"), function* (line) {
        lines.push(text(line));
      });
      assertEquals(lines, ["one\n", "two\n", "three", "four\n"]);
    });
  });

  it("works the same in async functions", async () => {
    await play(async () => {
      const reader = new StreamReader();
      const task = createTask(async () => text(await reader.readline()) + text(await reader.readexactly(2)));
      await sleep(1);
      reader.feedData(bytes("line\nab"));
      assertEquals(await task, "line\nab");
      reader.feedEof();
      assertInstanceOf(await rejection(reader.readuntil(";")), IncompleteReadError);
    });
  });

  it("waits only for tasks of its own loop", async () => {
    let reader: StreamReader | undefined;
    await play(function* () {
      reader = new StreamReader();
    });
    const error = await rejection(run(() => reader!.read(1)));
    assertInstanceOf(error, RuntimeError);
    assert(error.message.includes("different event loop"));
  });

  it("toString() says what it holds and who waits", async () => {
    await play(function* () {
      assertEquals(String(reading("abc")), "<StreamReader 3 bytes eof>");
      const reader = new StreamReader({ limit: 5 });
      const task = createTask(reader.readexactly(2));
      yield* sleep(0);
      assertEquals(String(reader), "<StreamReader limit=5 waiter=readexactly()>");
      reader.setException(new Error("broken"));
      yield* sleep(0);
      task.exception();
      assertEquals(String(reader), '<StreamReader limit=5 exception=Error("broken")>');
    });
  });
});
