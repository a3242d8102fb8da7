/**
 * Files to connections.
 *
 * @module
 */
import { loadBuiltin } from "../adapters/shared/lazy_process.ts";
import { OSError, RuntimeError, SendfileNotAvailableError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine } from "../core/suspend.ts";
import { checkBytes } from "../io/reader_state.ts";
import type { FileSource, ReadableFile, SendfileOptions } from "../io/socket_options.ts";
import type { Transport } from "../io/transports.ts";
import { sleep } from "../tasks/sleep.ts";
import { SocketTransport } from "./socket_transport.ts";

/** Bytes that are read at a time. */
const BLOCK = 64 * 1024;
/** The most bytes that the system is asked to send at a time; the host may ask for less. */
const LARGEST_PART = 2 ** 30;

/** Something that is read piece by piece. */
interface Pieces {
  /** How many bytes have to be read and dropped before. */
  readonly skip: number;
  /** The next piece, of at most so many bytes where that can be chosen; null at the end. */
  next(most: number): Promise<Uint8Array | null>;
  /** Lets go of what was opened here. */
  end(): Promise<void>;
}

/** `loop.sendfile()`: no runtime hands a file to a socket by itself, so it is read and written. The selector has the system do so. */
export function* sendfile(transport: Transport, file: FileSource, options: SendfileOptions): Coroutine<number> {
  if (!(transport instanceof SocketTransport)) {
    throw new RuntimeError(`Cannot send a file by ${describeKind(transport)}: it takes the transport of a connection.`);
  }
  if (transport.direction === "read") {
    throw new RuntimeError(`Cannot send a file by ${transport}: it is the end to read from. Give the other end's.`);
  }
  if (transport.isClosing()) throw new RuntimeError(`Cannot send a file by ${transport}: it is closing.`);
  const { offset = 0, count = Infinity, fallback = true } = options;
  const isPath = typeof file === "string" || file instanceof URL;
  const isNative = isPath && transport.host.sendFile !== undefined;
  if (!fallback && !isNative) throw notAvailable(transport, isPath);
  // Nobody writes meanwhile, so nobody need hear what to answer, as in CPython.
  const reading = transport.isReading();
  transport.ending.beginFile();
  transport.pauseReading();
  try {
    if (isNative) {
      const sent = yield* sendByItself(transport, file, offset, count);
      if (typeof sent === "number") return sent;
      if (!fallback) throw notAvailable(transport, true, sent);
    }
    const pieces = yield* fromPromise(open(file, offset));
    try {
      return yield* send(transport, pieces, count);
    } finally {
      yield* fromPromise(pieces.end());
    }
  } finally {
    transport.ending.endFile();
    if (reading) transport.resumeReading();
  }
}

/** Has the system send the file, part after part. Null if it is no regular file, from which it cannot; why, if it cannot from this one. */
function* sendByItself(
  transport: SocketTransport,
  path: string | URL,
  offset: number,
  count: number,
): Coroutine<number | null | OSError> {
  const opened = yield* fromPromise(openFile(path));
  try {
    if (!(yield* fromPromise(isRegular(opened)))) return null;
    const flushed = transport.ending.untilFlushed();
    if (flushed !== null) yield* flushed;
    let sent = 0;
    while (sent < count) {
      if (transport.isClosing()) throw lost(transport);
      let part: number;
      try {
        part = transport.host.sendFile!(opened.fd, offset + sent, Math.min(count - sent, LARGEST_PART));
      } catch (error) {
        // As in CPython: before the first byte it can still be read and written.
        if (sent > 0 || !(error instanceof OSError)) throw error;
        return error;
      }
      if (part === 0) break;
      if (part > 0) {
        sent += part;
        yield* sleep(0);
      } else yield* transport.ending.untilRoom();
    }
    return sent;
  } finally {
    yield* fromPromise(opened.close());
  }
}

/** Writes piece after piece, and waits whenever there is much that the system has not taken. */
function* send(transport: SocketTransport, pieces: Pieces, count: number): Coroutine<number> {
  let { skip } = pieces;
  let sent = 0;
  while (sent < count) {
    const piece = yield* fromPromise(pieces.next(Math.min(BLOCK, skip + count - sent)));
    if (piece === null) break;
    checkBytes(piece, "sendfile");
    const skipped = Math.min(skip, piece.length);
    skip -= skipped;
    const wanted = piece.subarray(skipped, skipped + Math.min(piece.length - skipped, count - sent));
    if (transport.isClosing()) throw lost(transport);
    if (wanted.length > 0) transport.outgoing.push(wanted);
    sent += wanted.length;
    if (transport.getWriteBufferSize() <= transport.getWriteBufferLimits()[1]) continue;
    const flushed = transport.ending.untilFlushed();
    if (flushed !== null) yield* flushed;
    if (transport.state.lost) throw lost(transport);
  }
  return sent;
}

/** A file of `node:fs`, with what is used of it. */
interface OpenedFile extends ReadableFile {
  readonly fd: number;
  read(buffer: Uint8Array, from?: number, length?: number, position?: number): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ isFile(): boolean }>;
  close(): Promise<void>;
}

/** From where a seek counts: where the file stands. */
const FROM_HERE = 1;

async function open(file: FileSource, offset: number): Promise<Pieces> {
  if (file instanceof ReadableStream) return fromStream(file, offset);
  if (typeof file === "string" || file instanceof URL) return await openPath(file, offset);
  let skip = offset;
  if (offset > 0 && file.seek !== undefined) {
    // What cannot be sought in, such as a pipe, is read.
    skip = await file.seek(offset, FROM_HERE).then(() => 0, () => offset);
  }
  return { skip, next: (most) => readPiece(most, (buffer) => file.read(buffer)), end: () => Promise.resolve() };
}

async function openFile(path: string | URL): Promise<OpenedFile> {
  const files = await loadBuiltin<{ open(path: string | URL): Promise<OpenedFile> }>("node:fs/promises");
  return await files.open(path).catch((error: unknown) => Promise.reject(unreadable(error)));
}

async function isRegular(file: OpenedFile): Promise<boolean> {
  return await file.stat().then((stat) => stat.isFile(), (error: unknown) => Promise.reject(unreadable(error)));
}

async function openPath(path: string | URL, offset: number): Promise<Pieces> {
  const opened = await openFile(path);
  const seekable = offset > 0 && await isRegular(opened);
  let position = offset;
  return {
    skip: seekable ? 0 : offset,
    async next(most) {
      const piece = await readPiece(most, (buffer) => {
        return seekable ? opened.read(buffer, 0, most, position) : opened.read(buffer);
      });
      position += piece?.length ?? 0;
      return piece;
    },
    end: () => opened.close(),
  };
}

async function readPiece(
  most: number,
  read: (buffer: Uint8Array) => ReturnType<ReadableFile["read"]>,
): Promise<Uint8Array | null> {
  // A new array each time: the transport keeps it until it is sent.
  const buffer = new Uint8Array(most);
  let result: number | null | { readonly bytesRead: number };
  try {
    result = await read(buffer);
  } catch (error) {
    throw unreadable(error);
  }
  const length = typeof result === "object" && result !== null ? result.bytesRead : result ?? 0;
  return length === 0 ? null : buffer.subarray(0, length);
}

function fromStream(stream: ReadableStream<Uint8Array>, skip: number): Pieces {
  const reader = stream.getReader();
  return {
    skip,
    async next() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return null;
        if (value.length > 0) return value;
      }
    },
    async end() {
      await reader.cancel();
      reader.releaseLock();
    },
  };
}

function unreadable(error: unknown): OSError {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return new OSError(`Cannot read the file that is to be sent: ${message ?? error}. Check its path and permissions.`, {
    code: typeof code === "string" ? code : "EIO",
    cause: error,
  });
}

function notAvailable(
  transport: SocketTransport,
  isPath: boolean,
  cause: OSError | null = null,
): SendfileNotAvailableError {
  const why = transport.host.sendFile === undefined
    ? "this connection is one that has no such thing: it speaks TLS, or its sockets are the runtime's. Use the selector without TLS"
    : cause !== null
    ? "it is one that can only be read"
    : isPath
    ? "it is no regular file"
    : "it is not given by its path. Give that, of a regular file";
  return new SendfileNotAvailableError(
    `Cannot have the system send the file by itself: ${why}. Or allow reading and writing: { fallback: true }.`,
    cause === null ? undefined : { cause },
  );
}

function lost(transport: SocketTransport): OSError {
  return new OSError(`Cannot send the file: ${transport} was closed meanwhile.`, { code: "ECONNRESET" });
}
