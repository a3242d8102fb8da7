/**
 * The head of a request of HTTP/1.1.
 *
 * @module
 */

/** A head that does not follow the protocol; the answer has this status. */
export class HeadError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** How the body of a request comes: so many bytes, or in chunks. */
export type BodyKind = number | "chunked";

/** What the head says. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Whether it is of HTTP/1.1, not of 1.0. */
  readonly isNew: boolean;
  readonly headers: Headers;
  readonly body: BodyKind;
  /** Whether the connection can be used for another request. */
  readonly keepsAlive: boolean;
  /** Whether the client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
}

/** How long a head may be, in bytes. */
export const LONGEST_HEAD = 65_536;

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) ([^\s]+) HTTP\/1\.([01])$/;

/**
 * Reads a head, all of which has come, without its last two line ends.
 *
 * @throws {HeadError} if it is malformed
 */
export function parseHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, version] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) throw new HeadError(400, "a malformed request line");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!TOKEN.test(name)) throw new HeadError(400, "a malformed header");
    try {
      headers.append(name, line.slice(colon + 1).trim());
    } catch {
      throw new HeadError(400, "a value of a header that cannot be one");
    }
  }
  const connection = (headers.get("connection") ?? "").toLowerCase();
  return {
    method,
    target,
    isNew: version === "1",
    headers,
    body: bodyKind(headers),
    keepsAlive: version === "1" ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection),
    expectsContinue: version === "1" && headers.get("expect")?.toLowerCase() === "100-continue",
  };
}

function bodyKind(headers: Headers): BodyKind {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    // Both would let two readers see two different bodies.
    if (length !== null) throw new HeadError(400, "a length beside a transfer coding");
    if (coding.toLowerCase() !== "chunked") throw new HeadError(501, "an unknown transfer coding");
    return "chunked";
  }
  if (length === null) return 0;
  if (!/^\d{1,15}$/.test(length)) throw new HeadError(400, "a length that is none");
  return Number(length);
}
