/**
 * Descriptors of others, as streams and listeners of the selector.
 *
 * @module
 */

import type { AdoptedListenOptions, HostListener, HostStream, ListenEvents, StreamAddresses } from "../net.ts";
import { RuntimeError } from "../../core/errors.ts";
import { alwaysReady, cannotListen, carriesDatagrams, closedDescriptor } from "../shared/descriptors.ts";
import { findBuiltin } from "../shared/process.ts";
import { endWatches } from "./descriptors.ts";
import type { Library } from "./library.ts";
import * as linux from "./linux.ts";
import { SelectorListener } from "./listener.ts";
import { askForUnbound } from "./permissions.ts";
import { holdReactor, type Reactor } from "./reactor.ts";
import { addressOf, getOption, keepFromChildren } from "./socket_calls.ts";
import { SelectorStream } from "./stream.ts";
import { callFailed, nameOf, systemError } from "./system_errors.ts";

/** Takes a connected stream socket over by its descriptor. */
// deno-lint-ignore require-await
export async function adoptStream(fd: number, ends: StreamAddresses | null): Promise<HostStream> {
  return held(fd, (reactor) => {
    const type = getOption(reactor.library, fd, linux.SOL_SOCKET, linux.SO_TYPE);
    const what = `Cannot use descriptor ${fd} as a connection`;
    if (type < 0) throw callFailed(what, "getsockopt", reactor.library.errno());
    if (type !== linux.SOCK_STREAM) throw carriesDatagrams(what, type);
    // Who has watched it watches no more, as in CPython.
    endWatches(fd);
    const remote = ends === null ? addressOf(reactor.library, fd, "getpeername") : ends.remoteAddress;
    return new SelectorStream(reactor, fd, { local: ends?.localAddress ?? null, remote });
  });
}

/** Listens by the descriptor of a socket that has its address. */
// deno-lint-ignore require-await
export async function adoptListener(
  { fd, backlog }: AdoptedListenOptions,
  events: ListenEvents,
): Promise<HostListener> {
  return held(fd, (reactor) => {
    const { library } = reactor;
    askForUnbound(`Cannot listen by descriptor ${fd}`, addressOf(library, fd, "getsockname"));
    if (library.listen(fd, backlog) < 0) {
      const errno = library.errno();
      throw cannotListen(fd, nameOf(errno), systemError("listen", errno));
    }
    // Who has waited for it by hand tries once more, and finds it taken.
    endWatches(fd);
    return new SelectorListener(reactor, fd, addressOf(library, fd, "getsockname")!, events);
  });
}

/** Takes one end of a pipe over. */
// deno-lint-ignore require-await
export async function adoptPipe(fd: number, direction: "read" | "write"): Promise<HostStream> {
  // Deno closes it by this. When it is loaded the microtasks that wait run (quirk `loading-turns`): now, and not in the middle of closing.
  if ("Deno" in globalThis) findBuiltin("node:fs");
  return held(fd, (reactor) => {
    endWatches(fd);
    const errno = reactor.probe(fd);
    if (errno === linux.EPERM) {
      // What is written to it is taken at once, so there is nothing to wait for.
      if (direction !== "write" || !isDevice(reactor.library, fd)) {
        throw alwaysReady(fd, direction, systemError("epoll_ctl", errno));
      }
    } else if (errno !== 0) {
      throw callFailed(`Cannot use descriptor ${fd}`, "epoll_ctl", errno);
    }
    return new SelectorStream(reactor, fd, { local: null, remote: null }, direction);
  });
}

/** How many bytes a `struct statx` has, and where in it the kind of the file is. */
const STATUS_SIZE = 256;
const MODE = 28;

/** Whether it is a character device, such as `/dev/null`. */
function isDevice(library: Library, fd: number): boolean {
  // Small arrays that are made in another way are moved about by the engine.
  const path = new Uint8Array(new ArrayBuffer(8));
  const status = new Uint8Array(new ArrayBuffer(STATUS_SIZE));
  const { statx } = library.machine.calls;
  const [at, into] = [library.addressOf(path), library.addressOf(status)];
  if (library.syscall(statx, fd, at, linux.AT_EMPTY_PATH, linux.STATX_TYPE, into) !== 0) return false;
  return (new DataView(status.buffer).getUint16(MODE, true) & linux.S_IFMT) === linux.S_IFCHR;
}

/** Makes something of a descriptor, which is made not to wait, and which no child gets. */
function held<T>(fd: number, make: (reactor: Reactor) => T): T {
  const reactor = holdReactor();
  try {
    const { library } = reactor;
    if (reactor.owns(fd)) {
      throw new RuntimeError(`Cannot use descriptor ${fd}: it belongs to a transport or a server. Use that one.`);
    }
    const flags = library.fcntl(fd, linux.F_GETFL, 0);
    if (flags < 0 || reactor.isOwn(fd)) throw closedDescriptor(fd, systemError("fcntl", library.errno()));
    library.fcntl(fd, linux.F_SETFL, flags | linux.O_NONBLOCK);
    const made = make(reactor);
    keepFromChildren(library, fd);
    return made;
  } catch (error) {
    reactor.release();
    throw error;
  }
}
