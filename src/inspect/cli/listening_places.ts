/**
 * Where a process of this machine listens.
 *
 * @module
 */
import { builtin } from "../../adapters/shared/process.ts";
import type { Address } from "./target.ts";

/** What is asked of the host. */
export interface Files {
  readFileSync(path: string, encoding: "utf8"): string;
  readlinkSync(path: string): string;
  readdirSync(path: string): string[];
}

const LISTENING = "0A";
/** Where Node and Deno open their inspector if they were not told otherwise. */
const USUAL = 9229;

/** Where a process listens, the usual address of an inspector first. The system tells on Linux. */
export function listeningPlaces(pid: number, files: Files = builtin<Files>("node:fs")): Address[] {
  const inodes = new Set(
    readOr([], () => files.readdirSync(`/proc/${pid}/fd`)).flatMap((fd) => {
      // It may be closed since it was listed.
      const link = readOr("", () => files.readlinkSync(`/proc/${pid}/fd/${fd}`));
      return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
    }),
  );
  const places = ["tcp", "tcp6"].flatMap((table) =>
    readOr("", () => files.readFileSync(`/proc/${pid}/net/${table}`, "utf8")).split("\n").flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      if (state !== LISTENING || !inodes.has(inode)) return [];
      return [{ host: hostOf(address), port: parseInt(port, 16) }];
    })
  );
  return places.sort((one, other) => Number(other.port === USUAL) - Number(one.port === USUAL));
}

function readOr<T>(other: T, read: () => T): T {
  try {
    return read();
  } catch {
    // A process may end at any time, and hide from others what it has open.
    return other;
  }
}

/** The address that a socket is reached by. The system writes it in words of 32 bits, each with its last byte first. */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16))
  );
  const isAny = bytes.every((byte) => byte === 0);
  if (bytes.length === 4) return isAny ? "127.0.0.1" : bytes.join(".");
  if (isAny) return "::1";
  const groups = bytes.flatMap((byte, index) => index % 2 === 0 ? [(byte << 8 | bytes[index + 1]!).toString(16)] : []);
  return groups.join(":");
}
