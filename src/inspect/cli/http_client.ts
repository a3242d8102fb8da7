/**
 * One request of HTTP, by the module's own sockets: they reach Unix sockets on every runtime.
 *
 * @module
 */
import { IncompleteReadError, LimitOverrunError, OSError, TimeoutError } from "../../core/errors.ts";
import type { Coroutine } from "../../core/suspend.ts";
import type { StreamReader } from "../../io/stream_reader.ts";
import { openConnection, openUnixConnection } from "../../loop/streams.ts";
import { timeout } from "../../tasks/timeout.ts";
import { CommandError } from "./command_error.ts";
import type { Address } from "./target.ts";

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Where to ask. */
export type Place = Address | { readonly path: string };

/** Milliseconds that an answer may take. It comes from a program that may be busy. */
const ANSWER_TIMEOUT = 30_000;

/** Asks for a path, and reads the answer to its end. */
export function* get(place: Place, target: string, token: string | null): Coroutine<Answer> {
  try {
    return yield* timeout(ANSWER_TIMEOUT, () => exchange(place, target, token));
  } catch (error) {
    if (error instanceof TimeoutError) {
      throw new CommandError(`${describePlace(place)} does not answer: the program may be busy, or stopped.`, 1, {
        cause: error,
      });
    }
    if (!(error instanceof OSError)) throw error;
    const why = error.code === "ECONNREFUSED" || error.code === "ENOENT" ? "nothing listens there" : error.message;
    throw new CommandError(`Cannot reach ${describePlace(place)}: ${why}.`.replace(/\.\.$/, "."), 1, { cause: error });
  }
}

/** A place in words. */
export function describePlace(place: Place): string {
  if ("path" in place) return place.path;
  return `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
}

function* exchange(place: Place, target: string, token: string | null): Coroutine<Answer> {
  const [reader, writer] = "path" in place
    ? yield* openUnixConnection(place.path)
    : yield* openConnection(place.host, place.port);
  try {
    const host = "path" in place ? "localhost" : describePlace(place);
    const headers = [`Host: ${host}`, "Connection: close", "Accept: */*"];
    if (token !== null) headers.push(`Authorization: Bearer ${token}`);
    writer.write(new TextEncoder().encode([`GET ${target} HTTP/1.1`, ...headers, "", ""].join("\r\n")));
    yield* writer.drain();
    return yield* readAnswer(place, reader);
  } finally {
    writer.close();
  }
}

function* readAnswer(place: Place, reader: StreamReader): Coroutine<Answer> {
  const head = yield* readHead(place, reader);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (!(status > 0)) throw notHttp(place);
  // Node's debugger leaves the connection open, whatever it was asked.
  const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
  let bytes: Uint8Array;
  if (/^transfer-encoding:.*chunked/im.test(head)) bytes = yield* readChunks(reader);
  else bytes = length === undefined ? yield* reader.read() : yield* reader.readexactly(Number(length));
  return { status, body: new TextDecoder().decode(bytes) };
}

function* readHead(place: Place, reader: StreamReader): Coroutine<string> {
  try {
    return new TextDecoder().decode(yield* reader.readuntil("\r\n\r\n"));
  } catch (error) {
    if (error instanceof IncompleteReadError || error instanceof LimitOverrunError) throw notHttp(place);
    throw error;
  }
}

function* readChunks(reader: StreamReader): Coroutine<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const size = parseInt(new TextDecoder().decode(yield* reader.readline()), 16);
    if (!(size > 0)) return joined(chunks);
    chunks.push(yield* reader.readexactly(size));
    yield* reader.readline();
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

function notHttp(place: Place): CommandError {
  return new CommandError(`${describePlace(place)} does not speak HTTP: it is no inspector.`);
}
