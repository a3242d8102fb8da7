/**
 * One request of HTTP, by the module's own sockets: they reach Unix sockets on every runtime.
 *
 * @module
 */
import { builtin } from "../../adapters/shared/process.ts";
import { IncompleteReadError, LimitOverrunError, OSError, TimeoutError } from "../../core/errors.ts";
import { getRunningLoop } from "../../core/running.ts";
import type { Coroutine } from "../../core/suspend.ts";
import type { StreamReader } from "../../io/stream_reader.ts";
import { openConnection, openUnixConnection } from "../../loop/streams.ts";
import { timeout } from "../../tasks/timeout.ts";
import { CommandError, NobodyThere } from "./command_error.ts";
import type { Address } from "./target.ts";

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Where to ask. */
export type Place = Address | { readonly path: string };

/** What an answer may take. */
export interface Patience {
  /** Milliseconds until it begins, and between two parts of it: it comes from a program that may be busy, and may be long. */
  readonly pause: number;
  /** Milliseconds in all: what drips never pauses. */
  readonly whole: number;
  /** Bytes. */
  readonly length: number;
}

/** As many bytes as engines can make a text of. */
const PATIENCE: Patience = { pause: 30_000, whole: 600_000, length: 500_000_000 };
/** Bytes that are read at once, and that tell that the other side still answers. */
const PART = 1 << 18;

interface Files {
  statSync(path: string): { isSocket(): boolean; isDirectory(): boolean };
}

/**
 * Asks for a path, and reads the answer to its end.
 *
 * @throws {NobodyThere} if nothing listens there, or it has gone away before it has answered
 * @throws {CommandError} if no answer comes in time, or what comes is not HTTP
 */
export function* get(
  place: Place,
  target: string,
  token: string | null,
  patience: Patience = PATIENCE,
): Coroutine<Answer> {
  try {
    return yield* timeout(patience.pause, (scope) => {
      const loop = getRunningLoop();
      const end = loop.time() + patience.whole;
      const still = () => scope.reschedule(Math.min(loop.time() + patience.pause, end));
      return exchange(place, target, token, { still, left: patience.length });
    });
  } catch (cause) {
    if (cause instanceof TimeoutError) {
      throw new CommandError(`${describePlace(place)} does not answer: the program may be busy, or stopped.`, 1, {
        cause,
      });
    }
    if (cause instanceof IncompleteReadError || cause instanceof OSError && cause.code === "ECONNRESET") {
      throw cutShort(place, cause);
    }
    if (cause instanceof OSError) throw cannotReach(place, cause);
    if (cause instanceof TypeError || cause instanceof RangeError) {
      // What is no path is found by the function that connects, which speaks of itself.
      throw new CommandError(cause.message.replace(/^Cannot call \w+\(\) with/, "Cannot reach"), 2, { cause });
    }
    throw cause;
  }
}

function cannotReach(place: Place, cause: OSError): CommandError {
  const { code, message } = cause;
  const isSilent = code === "ECONNREFUSED" || code === "ENOENT" || code === "ENOTSOCK";
  const why = !isSilent ? message.replace(/\.$/, "") : "path" in place ? whyNot(place.path) : "nothing listens there";
  return new NobodyThere(`Cannot reach ${describePlace(place)}: ${why}.`, { cause });
}

/** Why a path cannot be connected to. */
function whyNot(path: string): string {
  try {
    const found = builtin<Files>("node:fs").statSync(path);
    if (found.isSocket()) return "nothing listens there any more, and the program that did has left its socket behind";
    return `it is a ${found.isDirectory() ? "folder" : "file"}, and no socket`;
  } catch {
    // It is not there, or may not be looked at.
    return "nothing listens there";
  }
}

/** A place in words. */
export function describePlace(place: Place): string {
  if ("path" in place) return place.path;
  return `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
}

/** An answer that is being read. */
interface Reading {
  /** Called whenever a part has come. */
  readonly still: () => void;
  /** How many more bytes there may be. */
  left: number;
}

function* exchange(place: Place, target: string, token: string | null, reading: Reading): Coroutine<Answer> {
  const [reader, writer] = "path" in place
    ? yield* openUnixConnection(place.path)
    : yield* openConnection(place.host, place.port);
  try {
    const host = "path" in place ? "localhost" : describePlace(place);
    const headers = [`Host: ${host}`, "Connection: close", "Accept: */*"];
    if (token !== null) headers.push(`Authorization: Bearer ${token}`);
    writer.write(new TextEncoder().encode([`GET ${target} HTTP/1.1`, ...headers, "", ""].join("\r\n")));
    yield* writer.drain();
    return yield* readAnswer(place, reader, reading);
  } finally {
    writer.close();
  }
}

function* readAnswer(place: Place, reader: StreamReader, reading: Reading): Coroutine<Answer> {
  const head = yield* readHead(place, reader);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (!(status > 0)) throw notHttp(place);
  reading.still();
  // Node's debugger leaves the connection open, whatever it was asked.
  const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
  const parts: Uint8Array[] = [];
  if (/^transfer-encoding:.*chunked/im.test(head)) yield* readChunks(place, reader, parts, reading);
  else yield* readBytes(place, reader, length === undefined ? null : Number(length), parts, reading);
  return { status, body: new TextDecoder().decode(joined(parts)) };
}

function* readHead(place: Place, reader: StreamReader): Coroutine<string> {
  try {
    return new TextDecoder().decode(yield* reader.readuntil("\r\n\r\n"));
  } catch (error) {
    if (error instanceof LimitOverrunError) throw notHttp(place);
    if (error instanceof IncompleteReadError && error.partial.length > 0) throw notHttp(place);
    throw error;
  }
}

function* readChunks(place: Place, reader: StreamReader, parts: Uint8Array[], reading: Reading): Coroutine<void> {
  for (;;) {
    const size = parseInt(new TextDecoder().decode(yield* reader.readline()), 16);
    if (!(size > 0)) return;
    yield* readBytes(place, reader, size, parts, reading);
    yield* reader.readline();
  }
}

/** Reads so many bytes, or to the end. */
function* readBytes(
  place: Place,
  reader: StreamReader,
  size: number | null,
  parts: Uint8Array[],
  reading: Reading,
): Coroutine<void> {
  for (let left = size ?? Infinity; left > 0;) {
    const part = yield* reader.read(Math.min(left, PART));
    if (part.length === 0) {
      if (size === null) return;
      throw cutShort(place);
    }
    parts.push(part);
    left -= part.length;
    reading.left -= part.length;
    if (reading.left < 0) throw new CommandError(`${describePlace(place)} answers without an end: it is no inspector.`);
    reading.still();
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function cutShort(place: Place, cause?: unknown): NobodyThere {
  return new NobodyThere(
    `${describePlace(place)} has closed the connection without a whole answer: its program may have just ended.`,
    { cause },
  );
}

function notHttp(place: Place): CommandError {
  return new CommandError(`${describePlace(place)} does not speak HTTP: it is no inspector.`);
}
