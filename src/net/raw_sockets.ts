/**
 * Sockets that are used by hand: what the loop's methods whose names begin with `sock` do.
 *
 * @module
 */
import type { RawSocket } from "../adapters/descriptors.ts";
import type { SocketAddress } from "../adapters/net.ts";
import { noteOpened } from "../core/current.ts";
import { OSError, RuntimeError } from "../core/errors.ts";
import { checkClosed } from "../core/internal.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine } from "../core/suspend.ts";
import { checkBytes } from "../io/reader_state.ts";
import type { DatagramAddress } from "../io/socket_infos.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { descriptorsOf } from "../loop/watches.ts";
import { toSocketAddress } from "./addresses.ts";
import { checkPair, checkPath } from "./check.ts";
import { loadNet } from "./load_net.ts";
import { resolve } from "./resolve.ts";

/** `loop.sockRecv()`. */
export function* sockRecv(loop: HostLoop, sock: RawSocket, n: number): Coroutine<Uint8Array> {
  const memory = memoryFor(n, "sockRecv");
  return part(memory, yield* attempt(loop, sock, "sockRecv", "read", () => sock.recvInto(memory)));
}

/** `loop.sockRecvInto()`. */
export function* sockRecvInto(loop: HostLoop, sock: RawSocket, memory: Uint8Array): Coroutine<number> {
  checkBytes(memory, "sockRecvInto");
  const { length } = memory;
  checkSize(length, "sockRecvInto");
  const receive = () => sock.recvInto(unchanged(memory, length, "sockRecvInto"));
  return yield* attempt(loop, sock, "sockRecvInto", "read", receive);
}

/** `loop.sockRecvfrom()`. */
export function* sockRecvfrom(
  loop: HostLoop,
  sock: RawSocket,
  n: number,
): Coroutine<[Uint8Array, SocketAddress | null]> {
  const memory = memoryFor(n, "sockRecvfrom");
  const [length, address] = yield* attempt(loop, sock, "sockRecvfrom", "read", () => sock.recvfromInto(memory));
  return [part(memory, length), address];
}

/** `loop.sockSendall()`. */
export function* sockSendall(loop: HostLoop, sock: RawSocket, data: Uint8Array): Coroutine<void> {
  checkBytes(data, "sockSendall");
  const { length } = data;
  // Also of no bytes, which are a datagram, too.
  for (let sent = 0, isFirst = true; isFirst || sent < length; isFirst = false) {
    const send = () => sock.send(unchanged(data, length, "sockSendall").subarray(sent, length));
    sent += yield* attempt(loop, sock, "sockSendall", "write", send);
  }
}

/** `loop.sockSendto()`. */
export function* sockSendto(
  loop: HostLoop,
  sock: RawSocket,
  data: Uint8Array,
  address: DatagramAddress,
): Coroutine<number> {
  checkBytes(data, "sockSendto");
  const to = toSocketAddress(address);
  const { length } = data;
  const send = () => sock.sendto(unchanged(data, length, "sockSendto"), to);
  return yield* attempt(loop, sock, "sockSendto", "write", send);
}

/** `loop.sockConnect()`. */
export function* sockConnect(
  loop: HostLoop,
  sock: RawSocket,
  address: readonly [host: string, port: number] | string,
): Coroutine<void> {
  checkSocket(loop, sock, "sockConnect");
  const to = yield* target(loop, sock, address);
  if (sock.connect(to)) return;
  yield* ready(loop, sock, "sockConnect", "write");
  sock.finishConnecting(to);
}

/** `loop.sockAccept()`. */
export function* sockAccept(loop: HostLoop, sock: RawSocket): Coroutine<[RawSocket, SocketAddress | null]> {
  const accepted = yield* attempt(loop, sock, "sockAccept", "read", () => sock.accept());
  const [socket] = accepted;
  noteOpened(socket, () => socket.fd < 0 ? null : "Call close(), or write using before it.");
  return accepted;
}

function* target(loop: HostLoop, sock: RawSocket, address: unknown): Coroutine<SocketAddress> {
  const { family } = sock;
  if (family === "unix") {
    checkPath(address, "sockConnect");
    return { family, path: address };
  }
  checkPair(address, "the address", "sockConnect");
  const [host, port] = address as [string, number];
  const [first] = yield* resolve(yield* loadNet(loop, "look names up"), host, port, family);
  return first as SocketAddress;
}

/** Tries at once, and again whenever it may succeed. Nothing is lost by a cancel: it can come only between two attempts. */
function* attempt<T>(
  loop: HostLoop,
  sock: RawSocket,
  where: string,
  direction: "read" | "write",
  call: () => T | null,
): Coroutine<T> {
  checkSocket(loop, sock, where);
  for (;;) {
    const result = call();
    if (result !== null) return result;
    yield* ready(loop, sock, where, direction);
  }
}

/** Who waits for a socket, by what for. */
const waiting = new WeakMap<RawSocket, Set<"read" | "write">>();

function* ready(loop: HostLoop, sock: RawSocket, where: string, direction: "read" | "write"): Coroutine<void> {
  const descriptors = descriptorsOf(loop, where);
  const { fd } = sock;
  const others = waiting.get(sock) ?? new Set();
  if (others.has(direction)) {
    throw new OSError(
      `Cannot call ${where}() on a socket that somebody else waits to ${
        direction === "read" ? "read from" : "write to"
      }: ` +
        "one of the two would get what belongs to the other. Await the first call before.",
      { code: "EBUSY" },
    );
  }
  const future = loop.createFuture<void>();
  descriptors.watch(sock, fd, direction, () => {
    if (!future.done()) future.setResult();
  });
  waiting.set(sock, others.add(direction));
  // A loop that closes leaves its tasks where they are, and nobody waits any more.
  const end = (): void => {
    if (!loop.onClose.delete(end)) return;
    others.delete(direction);
    descriptors.unwatch(sock, fd, direction);
  };
  loop.onClose.add(end);
  try {
    yield* future;
  } finally {
    end();
  }
}

function checkSocket(loop: HostLoop, sock: unknown, where: string): void {
  checkClosed(loop);
  descriptorsOf(loop, where);
  if (typeof sock !== "object" || sock === null || typeof (sock as RawSocket).recvInto !== "function") {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(sock)} as the socket: give a Socket of @loop/asyncio/selector.`,
    );
  }
  if ((sock as RawSocket).fd < 0) {
    throw new OSError(`Cannot call ${where}() on a socket that is closed. Make another one.`, { code: "EBADF" });
  }
}

/** The most bytes that a call of the system receives. */
const MOST = 2 ** 30;

function memoryFor(n: number, where: string): Uint8Array {
  checkSize(n, where);
  return new Uint8Array(Math.min(n, MOST));
}

/** What was received. Whoever keeps a little of it does not keep all of the memory. */
function part(memory: Uint8Array, length: number): Uint8Array {
  return length > memory.length / 2 ? memory.subarray(0, length) : memory.slice(0, length);
}

/**
 * Memory of the caller, as large as it was. To receive into none of it would look as if the other side had ended, and a datagram of none would be
 * another one.
 */
function unchanged(memory: Uint8Array, length: number, where: string): Uint8Array {
  if (memory.length >= length) return memory;
  throw new RuntimeError(
    `Cannot go on with ${where}(): its memory was transferred or made smaller meanwhile. Leave it alone until the call has ended.`,
  );
}

function checkSize(n: unknown, where: string): void {
  if (typeof n !== "number") {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(n)}: give a number of bytes.`);
  }
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`Cannot call ${where}() for ${n} bytes: give a whole number above 0.`);
  }
}
