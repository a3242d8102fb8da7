/**
 * Responses whose headers speak of an encoding that their body has not any more.
 *
 * fetch() decodes a body and leaves the headers as they were, so who passes its response on, as it is or as a copy, would send a text as gzip,
 * and with the length that it had as gzip. Which encodings a host decodes differs, and no copy says where it is from: the body itself does.
 *
 * @module
 */
import "../loop/one_part.ts";
import { findBuiltin } from "../adapters/shared/process.ts";
import { setImmediate } from "../adapters/shared/timers.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Part = ReadableStreamReadResult<Bytes>;

/** Calls back when the client leaves; returns what takes that back. */
export type WatchClient = (gone: () => void) => () => void;

/** So much of a body is looked at. */
const BYTES_DECODED = 256;

/** So much of what it holds is wanted at most: a few bytes may hold a great deal. */
const MAX_OUTPUT = 65_536;

/** How bodies begin. */
const MAGIC: Readonly<Record<string, readonly number[]>> = {
  gzip: [0x1f, 0x8b],
  "x-gzip": [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
};

/** The formats, as DecompressionStream has them, of what begins in no way of its own. */
const FORMATS: Readonly<Record<string, readonly string[]>> = { deflate: ["deflate", "deflate-raw"], br: ["brotli"] };

/** What no text has, but most of what is compressed. */
// deno-lint-ignore no-control-regex
const BINARY = /[\x00-\x08\x0b\x0e-\x1f\x7f]/;

/**
 * Takes the headers Content-Encoding and Content-Length from a response whose body is decoded already. Waits for the first part of the
 * body, or until the client leaves.
 */
export async function withoutStaleEncoding(response: Response, watch: WatchClient): Promise<Response> {
  const { body, status, statusText } = response;
  // A part of a body may begin in the middle.
  if (body === null || body.locked || status === 206) return response;
  const coding = response.headers.get("content-encoding")?.split(",").pop()?.trim().toLowerCase() ?? "";
  if (!(coding in MAGIC) && !(coding in FORMATS)) return response;
  const reader: ReadableStreamDefaultReader<Bytes> = body.getReader();
  const unwatch = watch(() => reader.cancel().catch(() => {}));
  const [first, bytes] = await firstPart(reader);
  unwatch();
  const headers = new Headers(response.headers);
  const isDecoded = bytes !== null && !await isEncoded(bytes, coding);
  if (isDecoded) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  const second = reader.read();
  const end = await soon(second);
  const isWhole = bytes !== null && end?.done === true;
  return new Response(isWhole ? bytes : replay([first, second], reader), { status, statusText, headers });
}

/** Gives the first read that brings something, and what that is; null for an error, and nothing for an empty body. */
async function firstPart(reader: ReadableStreamDefaultReader<Bytes>): Promise<[Promise<Part>, Bytes | null]> {
  for (;;) {
    const read = reader.read();
    try {
      const { done, value } = await read;
      if (done) return [read, new Uint8Array()];
      if (!(value instanceof Uint8Array)) return [read, null];
      if (value.length > 0) return [read, value];
    } catch {
      return [read, null];
    }
  }
}

/** Whether a body that begins with these bytes is encoded as its headers say. */
async function isEncoded(bytes: Bytes, coding: string): Promise<boolean> {
  const start = bytes.subarray(0, BYTES_DECODED);
  const magic = MAGIC[coding];
  if (magic !== undefined) return start.length > 0 && magic.every((byte, i) => i >= start.length || start[i] === byte);
  if (start.length === 0 || (start.length > 1 && isText(start))) return false;
  for (const format of FORMATS[coding] ?? []) if (await canDecode(start, format)) return true;
  return false;
}

function isText(bytes: Bytes): boolean {
  try {
    return !BINARY.test(new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true }));
  } catch {
    return false;
  }
}

/** Whether these bytes may begin something of the format. Node's streams take anything, and Deno's zlib any brotli, so both are asked. */
async function canDecode(bytes: Bytes, format: string): Promise<boolean> {
  return await streamTakes(bytes, format) && zlibTakes(bytes, format);
}

async function streamTakes(bytes: Bytes, format: string): Promise<boolean> {
  let stream: DecompressionStream;
  try {
    stream = new DecompressionStream(format as CompressionFormat);
  } catch {
    return true;
  }
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const [good, bad] = [() => true, () => false];
  // The write may wait until what it has brought is read, and all that it brings may be less than a part.
  const result = await Promise.race([writer.write(bytes).then(good, bad), reader.read().then(good, bad)]);
  writer.closed.catch(bad);
  writer.abort().catch(bad);
  reader.cancel().catch(bad);
  return result;
}

/** What is used of zlib. */
interface Zlib {
  readonly constants: { readonly Z_SYNC_FLUSH: number; readonly BROTLI_OPERATION_FLUSH: number };
  inflateSync(bytes: Bytes, options: object): unknown;
  inflateRawSync(bytes: Bytes, options: object): unknown;
  brotliDecompressSync(bytes: Bytes, options: object): unknown;
}

function zlibTakes(bytes: Bytes, format: string): boolean {
  const zlib = findBuiltin<Zlib>("node:zlib");
  if (zlib === undefined) return true;
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  // The rest is missing, which is no error when it is only asked for what there is.
  const options = { finishFlush: Z_SYNC_FLUSH, maxOutputLength: MAX_OUTPUT };
  try {
    if (format === "deflate") zlib.inflateSync(bytes, options);
    else if (format === "deflate-raw") zlib.inflateRawSync(bytes, options);
    else zlib.brotliDecompressSync(bytes, { ...options, finishFlush: BROTLI_OPERATION_FLUSH });
    return true;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
  }
}

/** A stream of what was read of another one, and of the rest of it. */
function replay(reads: Promise<Part>[], reader: ReadableStreamDefaultReader<Bytes>): ReadableStream<Bytes> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await (reads.shift() ?? reader.read());
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function turn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}

/** The promise's value if it is there by the next turn of the host. Who reads it later gets an error. */
function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise.catch(() => undefined), turn()]);
}
