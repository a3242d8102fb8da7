/**
 * What a target of the program means.
 *
 * @module
 */
import { CommandError } from "./command_error.ts";

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A target, as it is written. */
export type Target =
  | ({ readonly kind: "address"; readonly token: string | null } & Address)
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "debugger"; readonly url: string }
  | { readonly kind: "process"; readonly pid: number };

/** What a word means as a target. A number is that of a process; of a port beside a token, which no process wants. */
export function parseTarget(word: string, hasToken: boolean): Target {
  if (/^\d+$/.test(word)) {
    const pid = Number(word);
    if (hasToken && pid > 0 && pid < 65_536) return { kind: "address", host: "127.0.0.1", port: pid, token: null };
    if (pid > 0 && pid <= 0x7fffffff) return { kind: "process", pid };
    throw new CommandError(`${word} is not the number of a process.`, 2);
  }
  if (/^wss?:/i.test(word)) return { kind: "debugger", url: toUrl(word).href };
  if (/^https?:/i.test(word)) {
    const url = toUrl(word);
    if (url.protocol === "https:") throw new CommandError("An inspector does not speak HTTPS: write http://….", 2);
    const port = Number(url.port || 80);
    return { kind: "address", host: unbracketed(url.hostname), port, token: url.searchParams.get("token") };
  }
  if (word.startsWith("unix:")) return socket(word.slice("unix:".length).replace(/^\/\/(?=\/)/, ""));
  if (/^[./~]|^[A-Za-z]:\\/.test(word)) return socket(word);
  const [, host = "", port = ""] = /^(\[[\da-f:.]+\]|[\w.-]*):(\d+)$/i.exec(word) ?? [];
  if (port !== "") {
    if (Number(port) < 1 || Number(port) > 65_535) {
      throw new CommandError(`${port} is not a port number: those are from 1 to 65535.`, 2);
    }
    return { kind: "address", host: unbracketed(host) || "127.0.0.1", port: Number(port), token: null };
  }
  throw new CommandError(
    `${
      JSON.stringify(word)
    } is not a target: write a process, a port as :8123, a Unix socket as ./name, or an address.`,
    2,
  );
}

function socket(path: string): Target {
  if (path === "") throw new CommandError("unix: wants a path after it.", 2);
  return { kind: "socket", path };
}

function toUrl(word: string): URL {
  try {
    return new URL(word);
  } catch (cause) {
    throw new CommandError(`${JSON.stringify(word)} is not an address.`, 2, { cause });
  }
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
