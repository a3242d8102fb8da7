/**
 * Calls of the system that everything with a socket makes.
 *
 * @module
 */

import type { SocketAddress } from "../net.ts";
import { formatSocketAddress } from "../shared/socket_errors.ts";
import { ADDRESS_SIZE, familyOf, pack, unpack } from "./addresses.ts";
import type { Library } from "./library.ts";
import * as linux from "./linux.ts";
import { callFailed } from "./system_errors.ts";

const value = /* @__PURE__ */ new Int32Array(1);
const valueBytes = /* @__PURE__ */ new Uint8Array(value.buffer);
const length = /* @__PURE__ */ new Uint32Array(1);
const lengthBytes = /* @__PURE__ */ new Uint8Array(length.buffer);
const address = /* @__PURE__ */ new Uint8Array(ADDRESS_SIZE);

/** Sets an option that is a whole number. Returns 0, or the number of the system's error. */
export function setOption(library: Library, fd: number, level: number, name: number, to: number): number {
  value[0] = to;
  return library.setsockopt(fd, level, name, valueBytes, 4) < 0 ? library.errno() : 0;
}

/** The value of an option that is a whole number; −1 if there is none. */
export function getOption(library: Library, fd: number, level: number, name: number): number {
  length[0] = 4;
  return library.getsockopt(fd, level, name, valueBytes, lengthBytes) < 0 ? -1 : value[0]!;
}

/** The number of the error that a socket has to tell; 0 for none. */
export function errorOf(library: Library, fd: number): number {
  return Math.max(getOption(library, fd, linux.SOL_SOCKET, linux.SO_ERROR), 0);
}

/** The address of one end of a socket; null if it has none. */
export function addressOf(library: Library, fd: number, end: "getsockname" | "getpeername"): SocketAddress | null {
  length[0] = ADDRESS_SIZE;
  return library[end](fd, address, lengthBytes) < 0 ? null : unpack(address, length[0]!);
}

/** Accepts a connection; returns its descriptor, or −1. {@linkcode acceptedFrom} knows whose it is. */
export function accept(library: Library, fd: number): number {
  length[0] = ADDRESS_SIZE;
  return library.accept4(fd, address, lengthBytes, linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC);
}

/** The address of the client that was accepted last. */
export function acceptedFrom(): SocketAddress | null {
  return unpack(address, length[0]!);
}

/** The last of the descriptors that every program is given. */
const LAST_STANDARD = 2;

/**
 * Keeps a descriptor that is taken over from the children of the program, as `sd_listen_fds()` does: Deno closes none of its own accord, and a port
 * would stay taken, or a client be connected, for as long as a child lives. What children get as their input and output is left to them.
 */
export function keepFromChildren(library: Library, fd: number): void {
  if (fd > LAST_STANDARD) library.fcntl(fd, linux.F_SETFD, linux.FD_CLOEXEC);
}

/**
 * Makes a socket for an address.
 *
 * @throws {OSError} if the system has none
 */
export function openSocket(library: Library, what: string, to: SocketAddress): number {
  const type = linux.SOCK_STREAM | linux.SOCK_NONBLOCK | linux.SOCK_CLOEXEC;
  const fd = library.socket(familyOf(to), type, 0);
  if (fd < 0) throw callFailed(what, "socket", library.errno());
  return fd;
}

/**
 * Gives a socket an address.
 *
 * @throws {OSError} if it cannot have that
 */
export function bindSocket(library: Library, what: string, fd: number, to: SocketAddress): void {
  const packed = packAddress(library, to);
  if (library.bind(fd, packed.bytes, packed.length) < 0) throw callFailed(what, "bind", library.errno());
}

/** Writes an address as the system wants it. */
export function packAddress(library: Library, to: SocketAddress): { bytes: Uint8Array; length: number } {
  return pack(to, (name) => library.if_nametoindex(new TextEncoder().encode(`${name}\0`)));
}

/** Where something is done, as messages say it. */
export function doing(verb: string, at: SocketAddress): string {
  return `Cannot ${verb} ${formatSocketAddress(at)}`;
}
