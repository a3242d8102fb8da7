/**
 * Connecting by sockets of our own.
 *
 * @module
 */

import type { HostStream, SocketAddress, TcpConnectOptions } from "../net.ts";
import { toAddress } from "../node/stream.ts";
import * as linux from "./linux.ts";
import { askForNet, askForPath } from "./permissions.ts";
import { holdReactor, type Reactor, type Watcher } from "./reactor.ts";
import { addressOf, bindSocket, doing, errorOf, openSocket, packAddress, setOption } from "./socket_calls.ts";
import { SelectorStream } from "./stream.ts";
import { callFailed } from "./system_errors.ts";

/** Connects by TCP. */
export async function connectTcp(options: TcpConnectOptions): Promise<HostStream> {
  const { address, port, localAddress, localPort, signal } = options;
  const to = toAddress(address, port)!;
  const what = doing("connect to", to);
  signal.throwIfAborted();
  await askForNet(what, address, port);
  return await connect(what, to, signal, (reactor, fd) => {
    setOption(reactor.library, fd, linux.IPPROTO_TCP, linux.TCP_NODELAY, 1);
    if (localAddress === undefined && localPort === undefined) return;
    const any = to.family === "ipv6" ? "::" : "0.0.0.0";
    bindSocket(reactor.library, what, fd, toAddress(localAddress ?? any, localPort ?? 0)!);
  });
}

/** Connects to a Unix domain socket. */
export async function connectUnix(path: string, signal: AbortSignal): Promise<HostStream> {
  const to: SocketAddress = { family: "unix", path };
  const what = doing("connect to", to);
  signal.throwIfAborted();
  await askForPath(what, path);
  return await connect(what, to, signal, () => {});
}

async function connect(
  what: string,
  to: SocketAddress,
  signal: AbortSignal,
  prepare: (reactor: Reactor, fd: number) => void,
): Promise<HostStream> {
  signal.throwIfAborted();
  const reactor = holdReactor();
  const { library } = reactor;
  let fd = -1;
  try {
    const packed = packAddress(library, to);
    fd = openSocket(library, what, to);
    prepare(reactor, fd);
    let errno = library.connect(fd, packed.bytes, packed.length) < 0 ? library.errno() : 0;
    if (errno === linux.EINPROGRESS || errno === linux.EINTR) errno = await connected(reactor, fd, signal);
    if (errno !== 0) throw callFailed(what, "connect", errno);
    const local = to.family === "unix" ? { family: "unix", path: "" } as const : addressOf(library, fd, "getsockname");
    return new SelectorStream(reactor, fd, { local, remote: to });
  } catch (error) {
    if (fd >= 0) library.close(fd);
    reactor.release();
    throw error;
  }
}

/** Waits until a socket is connected, or failed to be: returns the number of the system's error, or 0. */
export async function connected(reactor: Reactor, fd: number, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason);
  const watcher: Watcher = {
    ready() {
      reactor.forget(fd, watcher);
      resolve();
      return false;
    },
  };
  const errno = reactor.watch(fd, linux.EPOLLOUT, watcher);
  if (errno !== 0) return errno;
  signal.addEventListener("abort", abort, { once: true });
  try {
    await promise;
    // Between the connection and here it may have aborted, and nobody would close the socket.
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", abort);
    reactor.forget(fd, watcher);
  }
  return errorOf(reactor.library, fd);
}
