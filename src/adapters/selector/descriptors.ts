/**
 * Watching descriptors of others.
 *
 * @module
 */

import { OSError, RuntimeError } from "../../core/errors.ts";
import type { DescriptorsAdapter } from "../descriptors.ts";
import { EBADF, EEXIST, EPERM, EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from "./linux.ts";
import { openSockets } from "./open_sockets.ts";
import { holdReactor, keepReactorFor, ownerOf, type Reactor, type Watcher } from "./reactor.ts";
import { callFailed, systemError } from "./system_errors.ts";

/** Somebody who is called, and who may end that. */
interface Reached {
  readonly owner: object;
  readonly ready: () => void;
}

/**
 * Who is called for one descriptor: for each direction one, and these may be two, such as a callback that reads and a call that waits to send. It
 * holds the reactor.
 */
class DescriptorWatch implements Watcher {
  readonly reactor: Reactor = holdReactor();
  read: Reached | null = null;
  write: Reached | null = null;

  get wanted(): number {
    return (this.read === null ? 0 : EPOLLIN) | (this.write === null ? 0 : EPOLLOUT);
  }

  /** Whether somebody else is called, too. */
  isSharedBy(owner: object): boolean {
    return (this.read ?? this.write)?.owner !== owner || (this.write ?? this.read)?.owner !== owner;
  }

  ready(events: number): boolean {
    // What is broken can be read from and written to: both say what is wrong.
    const broken = EPOLLERR | EPOLLHUP;
    if ((events & (EPOLLIN | broken)) !== 0) this.read?.ready();
    if ((events & (EPOLLOUT | broken)) !== 0) this.write?.ready();
    return false;
  }
}

const watches = new Map<number, DescriptorWatch>();

/** Descriptors by epoll. */
export const selectorDescriptors: DescriptorsAdapter = {
  sockets: openSockets,
  checkOwner(fd, where, open) {
    const owner = ownerOf(fd);
    // Nobody is kept from the descriptor of a transport that is closing, as in CPython.
    if (owner === undefined || [...open].some((socket) => socket.host === owner && !socket.isOpen())) return;
    throw new RuntimeError(
      `Cannot call ${where}() with descriptor ${fd}: it belongs to a transport or a server. Use that one's methods.`,
    );
  },
  keepFor: keepReactorFor,
  watch(owner, fd, direction, ready) {
    let watch = watches.get(fd);
    if (watch?.isSharedBy(owner)) {
      if (!watch.reactor.change(fd, watch.wanted, watch)) {
        // That was another descriptor, which its owner has closed without a word.
        endWatch(fd, watch);
        return selectorDescriptors.watch(owner, fd, direction, ready);
      }
      if (watch[direction] !== null && watch[direction].owner !== owner) {
        throw new RuntimeError(
          `Cannot watch descriptor ${fd} to ${direction}: a callback of a loop, or a call that waits for its socket, does. Let that end first.`,
        );
      }
    }
    const isNew = watch === undefined;
    watch ??= new DescriptorWatch();
    const { reactor } = watch;
    const before = watch[direction];
    watch[direction] = { owner, ready };
    const errno = reactor.owns(fd)
      ? EEXIST
      : reactor.isOwn(fd)
      ? EBADF
      : isNew
      ? reactor.watch(fd, watch.wanted, watch)
      : reactor.rewatch(fd, watch.wanted, watch);
    if (errno === 0) {
      watches.set(fd, watch);
      return;
    }
    watch[direction] = before;
    if (watch.wanted === 0) {
      watches.delete(fd);
      reactor.release();
    }
    throw refusal(fd, errno);
  },
  unwatch(owner, fd, direction) {
    const watch = watches.get(fd);
    if (watch?.[direction]?.owner !== owner) return false;
    watch[direction] = null;
    if (watch.wanted !== 0) watch.reactor.change(fd, watch.wanted, watch);
    else endWatch(fd, watch);
    return true;
  },
};

/** Whether somebody is called for this descriptor. */
export function isWatched(fd: number): boolean {
  return watches.has(fd);
}

function endWatch(fd: number, watch: DescriptorWatch): void {
  watches.delete(fd);
  watch.reactor.forget(fd, watch);
  watch.reactor.release();
}

/**
 * A descriptor is about to be closed, or is somebody else's from now on: nobody is notified of it any more. A call that waits for its socket is for one
 * last time, since it would wait for ever; callbacks of loops are not, as in CPython.
 */
export function endWatches(fd: number): void {
  const watch = watches.get(fd);
  if (watch === undefined) return;
  endWatch(fd, watch);
  for (const reached of [watch.read, watch.write]) {
    if (reached !== null && "recvInto" in reached.owner) reached.ready();
  }
}

function refusal(fd: number, errno: number): Error {
  const what = `Cannot watch descriptor ${fd}`;
  if (errno === EEXIST) {
    return new RuntimeError(`${what}: it belongs to a transport or a server. Use that one's methods.`);
  }
  const cause = systemError("epoll_ctl", errno);
  if (errno === EPERM) {
    return new OSError(
      `${what}: it is a regular file, a folder or a device such as /dev/null, which can be read and written at any time. Do so without ` +
        "waiting, or give a pipe, a socket or a terminal.",
      { code: "EPERM", cause },
    );
  }
  if (errno === EBADF) {
    return new OSError(`${what}: it is closed. Remove its callbacks before closing it.`, { code: "EBADF", cause });
  }
  return callFailed(what, "epoll_ctl", errno);
}
