/**
 * A protocol of lines and of blocks, for the fuzzer.
 *
 * @module
 */
import {
  type Coroutine,
  IncompleteReadError,
  LimitOverrunError,
  OSError,
  sleep,
  type StreamReader,
  type StreamWriter,
} from "@loop/asyncio";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** One client. */
export function* serveLines(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (let line = yield* reader.readline(); line.length > 0; line = yield* reader.readline()) {
      const [word, rest = ""] = decoder.decode(line).trimEnd().split(" ", 2) as [string, string?];
      if (word === "quit") break;
      else if (word === "echo") writer.write(line);
      else if (word === "pause") yield* sleep(2);
      else if (word === "block" && /^\d{1,5}$/.test(rest)) writer.write(yield* reader.readexactly(Number(rest)));
      else if (word === "until" && rest.length > 0) writer.write(yield* reader.readuntil(encoder.encode(rest)));
      else writer.write(encoder.encode("what?\n"));
      yield* writer.drain();
    }
  } catch (error) {
    const expected = [OSError, IncompleteReadError, LimitOverrunError, RangeError];
    if (!expected.some((type) => error instanceof type)) throw error;
  } finally {
    writer.close();
  }
}
