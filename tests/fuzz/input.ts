/**
 * What a client does to a server, as it can be said again.
 *
 * @module
 */

/** The servers of the target. */
export type Door = "http" | "https" | "resp" | "lines" | "tls";

/**
 * How a client ends: it closes its side and listens on, leaves, resets the connection, or takes nothing that is sent to it and then leaves; "wait"
 * leaves when nothing has come for a while.
 */
export type Ending = "finish" | "leave" | "reset" | "deaf" | "wait";

/** One client. */
export interface Input {
  readonly door: Door;
  /** What kind of bytes these are. */
  readonly kind: string;
  /** Whether the bytes go through a session of TLS, for the doors that have it. */
  readonly inside: boolean;
  /** The pieces that are written, in turns of the host of their own. */
  readonly pieces: readonly Uint8Array[];
  readonly ending: Ending;
  /** Bytes that go into the connection below TLS at the end. */
  readonly beneath?: Uint8Array;
}

/** An input in words, with all its bytes. */
export function describeInput({ door, kind, inside, pieces, ending, beneath }: Input): string {
  const lines = pieces.map((piece) => `  ${piece.length} bytes: ${quote(piece)}`);
  if (beneath !== undefined) lines.push(`  beneath TLS: ${quote(beneath)}`);
  return [`${kind} to ${door}${inside ? " inside TLS" : ""}, then ${ending}`, ...lines].join("\n");
}

/** Bytes as they stand in a string of JavaScript or Python. */
export function quote(bytes: Uint8Array): string {
  const shown = bytes.length > 4_096 ? bytes.subarray(0, 4_096) : bytes;
  let text = "";
  for (const byte of shown) {
    if (byte === 13) text += "\\r";
    else if (byte === 10) text += "\\n";
    else if (byte === 34 || byte === 92) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `"${text}"${shown.length < bytes.length ? ` … (${bytes.length - shown.length} more)` : ""}`;
}
