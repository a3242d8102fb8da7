/**
 * Which transports and servers of a loop have descriptors that were opened elsewhere.
 *
 * @module
 */
import { RuntimeError } from "../core/errors.ts";
import type { HostLoop, OpenSocket } from "../loop/host_loop.ts";

/** Notes that a transport or a server has a descriptor, until it is closed. */
export function noteOwner(loop: HostLoop, owner: OpenSocket, fd: number): void {
  (loop.descriptorOwners ??= new Map()).set(fd, new WeakRef(owner));
}

/**
 * Refuses what a transport or a server of the loop has: a runtime does not, or in other words, and one of the two would close it behind the other's
 * back.
 *
 * @throws {RuntimeError} if one has
 */
export function checkFree(loop: HostLoop, fd: number): void {
  const owner = loop.descriptorOwners?.get(fd)?.deref();
  if (owner === undefined || !loop.openSockets.has(owner)) return;
  throw new RuntimeError(`Cannot use descriptor ${fd}: it belongs to ${owner}. Use that one.`);
}
