/**
 * Checks of what the methods of a socket are given: the system takes numbers of 32 bits and memory, and says little of what is wrong with others.
 *
 * @module
 */

import type { SocketAddress } from "../net.ts";

/** One more than the largest number that the system takes. */
const END = 2 ** 31;

/** What a value is, in a word. */
export function kindOf(value: unknown): string {
  return value === null
    ? "null"
    : typeof value === "object"
    ? "an object"
    : typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
}

/** Refuses what is no whole number of this range. */
export function checkWhole(value: unknown, least: number, what: string): asserts value is number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value < END) return;
  if (typeof value !== "number") throw new TypeError(`Cannot ${what} ${kindOf(value)}: give a whole number.`);
  throw new RangeError(`Cannot ${what} ${value}: give a whole number, ${least} or more and below 2 ** 31.`);
}

/** Refuses what is no value of an option. */
export function checkOption(name: string, value: unknown): void {
  if (typeof value !== "boolean") checkWhole(value, 0, `set ${name} of a Socket to`);
}

/** Refuses what is no memory. */
export function checkMemory(memory: unknown, what: string): void {
  if (memory instanceof Uint8Array) return;
  throw new TypeError(`Cannot ${what} with ${kindOf(memory)}: give a Uint8Array.`);
}

/** Refuses what is no address, as it is said in an object: that has been checked elsewhere where there is a loop. */
export function checkAddress(address: unknown, what: string): asserts address is SocketAddress {
  const { family, address: host, port, path } = Object(address) as Readonly<Record<string, unknown>>;
  if (family === "unix" ? typeof path === "string" && path !== "" : typeof host === "string" && host !== "") {
    if (family === "unix") return;
    checkWhole(port, 0, `${what} at port`);
    if (port < 2 ** 16) return;
    throw new RangeError(`Cannot ${what} at port ${port}: give a whole number from 0 to 65535.`);
  }
  throw new TypeError(
    `Cannot ${what} at ${JSON.stringify(address)}: give an address and a port, or the path of a Unix socket.`,
  );
}
