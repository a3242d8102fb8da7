/**
 * Addresses of sockets, as the system has them in memory.
 *
 * @module
 */

import { OSError } from "../../core/errors.ts";
import type { SocketAddress } from "../net.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "./linux.ts";

/** How many bytes the longest address takes. */
export const ADDRESS_SIZE = 128;

/** How many bytes a Unix socket's path may have. */
const PATH_SIZE = 108;

/** An address of the system: so many bytes at the start of the array. */
export interface PackedAddress {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** The number of a family. */
export function familyOf(address: SocketAddress): number {
  return address.family === "unix" ? AF_UNIX : address.family === "ipv6" ? AF_INET6 : AF_INET;
}

/**
 * Writes an address as the system wants it. `scopeOf` finds the number of an interface by its name.
 *
 * @throws {OSError} if it is no address: with code `EINVAL`, or `ENAMETOOLONG` for a path
 */
export function pack(address: SocketAddress, scopeOf: (name: string) => number): PackedAddress {
  if (address.family === "unix") return packPath(address.path);
  const bytes = new Uint8Array(address.family === "ipv6" ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, familyOf(address), true);
  view.setUint16(2, address.port);
  const [text = "", zone] = address.address.split("%");
  const parsed = address.family === "ipv6" ? parseIpv6(text) : parseIpv4(text);
  if (parsed === null) {
    throw new OSError(`Cannot use ${address.address} as an address: it is not one. Look names up before.`, {
      code: "EINVAL",
    });
  }
  bytes.set(parsed, address.family === "ipv6" ? 8 : 4);
  if (zone !== undefined) view.setUint32(24, scope(zone, scopeOf), true);
  return { bytes, length: bytes.length };
}

/** The number of an interface, by its name or by that number. */
function scope(zone: string, scopeOf: (name: string) => number): number {
  const isNumber = /^\d+$/.test(zone);
  const number = isNumber ? Number(zone) : scopeOf(zone);
  if (isNumber ? number < 2 ** 32 : number > 0) return number;
  throw new OSError(`Cannot use %${zone} as a zone: this machine has no such interface. Name one of its own.`, {
    code: "ENODEV",
  });
}

function packPath(path: string): PackedAddress {
  const name = new TextEncoder().encode(path);
  const abstract = name[0] === 0;
  // The system ends a path there: it would be another one than was asked for.
  if (!abstract && name.includes(0)) {
    throw new OSError(`Cannot use ${JSON.stringify(path)} as a path: it has a NUL in it. Take that out.`, {
      code: "EINVAL",
    });
  }
  const length = 2 + name.length + (abstract ? 0 : 1);
  if (length > 2 + PATH_SIZE) {
    throw new OSError(
      `Cannot use a path of ${name.length} bytes: that of a Unix socket may have about a hundred. Take a shorter one.`,
      { code: "ENAMETOOLONG" },
    );
  }
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  return { bytes, length };
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | null {
  const bytes = new Uint8Array(16);
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  const left = toWords(head!);
  const right = toWords(tail ?? []);
  if (left === null || right === null) return null;
  const zeros = 8 - left.length - right.length;
  if (halves.length === 2 ? zeros < 1 : zeros !== 0) return null;
  const words = [...left, ...Array<number>(zeros).fill(0), ...right];
  words.forEach((word, i) => new DataView(bytes.buffer).setUint16(2 * i, word));
  return bytes;
}

/** The 16-bit words of a half, whose last two may be written as an IPv4 address. */
function toWords(parts: readonly string[]): number[] | null {
  const words: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes(".")) {
      const four = parseIpv4(part);
      if (four === null) return null;
      words.push(four[0]! << 8 | four[1]!, four[2]! << 8 | four[3]!);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) words.push(parseInt(part, 16));
    else return null;
  }
  return words;
}

const decoder = /* @__PURE__ */ new TextDecoder();

/** Reads an address of the system; null for none, and for one of a family that has no place here. */
export function unpack(bytes: Uint8Array, length: number): SocketAddress | null {
  // Nothing was written there: what there is belongs to somebody else.
  if (length < 2) return null;
  const family = bytes[0]! | bytes[1]! << 8;
  if (family === AF_INET) {
    const address = `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`;
    return { family: "ipv4", address, port: bytes[2]! << 8 | bytes[3]! };
  }
  if (family === AF_INET6) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const scope = view.getUint32(24, true);
    const address = formatIpv6(bytes.subarray(8, 24)) + (scope === 0 ? "" : `%${scope}`);
    return { family: "ipv6", address, port: view.getUint16(2) };
  }
  if (family !== AF_UNIX) return null;
  const name = bytes.subarray(2, Math.max(length, 2));
  if (name.length === 0) return { family: "unix", path: "" };
  // That of an abstract one begins with NUL, and is as long as it is.
  if (name[0] === 0) return { family: "unix", path: decoder.decode(name) };
  const end = name.indexOf(0);
  return { family: "unix", path: decoder.decode(end < 0 ? name : name.subarray(0, end)) };
}

/** The usual short form: the longest run of zeros is left out, and an IPv4 address within keeps its dots. */
function formatIpv6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  const mapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (mapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  let [start, longest] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (words[i + length] === 0) length++;
    if (length > longest) [start, longest] = [i, length];
  }
  const texts = words.map((word) => word.toString(16));
  if (start < 0) return texts.join(":");
  return `${texts.slice(0, start).join(":")}::${texts.slice(start + longest).join(":")}`;
}
