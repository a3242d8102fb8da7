/**
 * Waiting for the first event when there is nothing else to do, with no thread and without asking again and again.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import { type HostWatch, watchEventfd } from "./host_watch.ts";
import type { Library } from "./library.ts";
import { ThreadWait } from "./thread_wait.ts";
import { EFD_CLOEXEC, EFD_NONBLOCK, EINTR, EPOLLIN } from "./linux.ts";
import { callFailed, systemError } from "./system_errors.ts";

/** Something that calls back once when an epoll descriptor has events. */
export interface IdleWait {
  /** Calls back when there is an event; once, until it is armed again. Called only when it is not armed. The program goes on until then. */
  arm(): void;
  /** Does not call back any more, although nothing has happened. Called only when it is armed. */
  disarm(): void;
  /** Nothing is waited for: the program goes on no longer for that, until it is armed again. Called only when it is not armed. */
  rest(): void;
  /** Ends it, and calls back when the system has let go of the epoll descriptor. */
  close(closed: () => void): void;
}

let wasTold = false;

/** Waits by what the system allows. That it does not allow the best is said once. */
export function openIdleWait(library: Library, epoll: number, woken: () => void): IdleWait {
  try {
    return new AioWait(library, epoll, woken);
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error;
    if (!wasTold) {
      wasTold = true;
      console.warn(`${error.message} A thread waits in its place, which takes a little longer to wake up.`);
    }
    return new ThreadWait(library, epoll, woken);
  }
}

const IOCB_SIZE = 64;
const IOCB_CMD_POLL = 5;
const IOCB_FLAG_RESFD = 1;

/** How many requests a context has room for. There is one. */
const REQUESTS = 8;

/**
 * The context of this thread; 0 before there is one. It is made once and kept: the system takes tens of milliseconds to let go of one, in which
 * nothing else could run.
 */
let context = 0;

/** How long one is waited for that is due at once: a second, and no nanoseconds. */
const PATIENCE = /* @__PURE__ */ new Uint8Array(new BigInt64Array([1n, 0n]).buffer);

/** Where completions are put. They tell nothing that is not known. */
const completions = /* @__PURE__ */ new Uint8Array(32 * REQUESTS);

/**
 * Linux polls the epoll descriptor by its asynchronous I/O, and signals the completion by an eventfd, which the runtime watches as it watches
 * its own descriptors.
 */
export class AioWait implements IdleWait {
  readonly #library: Library;
  readonly #watch: HostWatch;
  /** The system's until the request is done, like the array that has its address: both stay where they are while this object is there. */
  readonly #request = new Uint8Array(IOCB_SIZE);
  readonly #requests = new Uint8Array(8);
  #isArmed = false;

  /**
   * @throws {NotSupportedError} if the system has no such thing, or does not allow it
   * @throws {OSError} if too many files are open
   */
  constructor(library: Library, epoll: number, woken: () => void) {
    this.#library = library;
    openContext(library);
    const eventfd = library.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    // Every system has these: too many files are open, and a thread would need one as well.
    if (eventfd < 0) throw callFailed("Cannot wait for descriptors", "eventfd", library.errno());
    const view = new DataView(this.#request.buffer);
    view.setUint16(16, IOCB_CMD_POLL, true);
    view.setUint32(20, epoll, true);
    view.setBigUint64(24, BigInt(EPOLLIN), true);
    view.setUint32(56, IOCB_FLAG_RESFD, true);
    view.setUint32(60, eventfd, true);
    new DataView(this.#requests.buffer).setBigUint64(0, BigInt(library.addressOf(this.#request)), true);
    // There are systems that have the calls, but cannot poll by them.
    if (!this.#submit()) {
      const error = refused("io_submit", library.errno());
      library.close(eventfd);
      throw error;
    }
    this.#cancel();
    this.#watch = watchEventfd(eventfd, () => {
      // It may be told of a request that was taken back, or of one that is done and was taken.
      if (!this.#isArmed || takeCompletions(library, 0) === 0) return;
      this.#isArmed = false;
      woken();
    }, () => library.close(eventfd));
  }

  arm(): void {
    this.#isArmed = true;
    this.#watch.hold();
    if (!this.#submit()) throw refused("io_submit", this.#library.errno());
  }

  disarm(): void {
    this.#isArmed = false;
    this.#cancel();
  }

  #submit(): boolean {
    const library = this.#library;
    return library.syscall(library.machine.calls.ioSubmit, context, 1, library.addressOf(this.#requests), 0, 0) === 1;
  }

  #cancel(): void {
    const library = this.#library;
    library.syscall(library.machine.calls.ioCancel, context, library.addressOf(this.#request), 0, 0, 0);
    // The system ends what was cancelled in a moment, and it is completed like any other. A signal of Unix's may come in between.
    while (takeCompletions(library, 1) < 0 && library.errno() === EINTR);
  }

  rest(): void {
    this.#watch.letGo();
  }

  close(closed: () => void): void {
    if (this.#isArmed) this.disarm();
    this.#watch.close();
    closed();
  }
}

function openContext(library: Library): void {
  if (context !== 0) return;
  // Small arrays that are made in another way are moved about by the engine.
  const made = new Uint8Array(new ArrayBuffer(8));
  const { ioSetup } = library.machine.calls;
  if (library.syscall(ioSetup, REQUESTS, library.addressOf(made), 0, 0, 0) < 0) {
    throw refused("io_setup", library.errno());
  }
  context = Number(new DataView(made.buffer).getBigUint64(0, true));
}

/** Makes room for others; waits until there are so many. Returns how many there were. */
function takeCompletions(library: Library, least: number): number {
  const { ioGetevents } = library.machine.calls;
  return library.syscall(
    ioGetevents,
    context,
    least,
    REQUESTS,
    library.addressOf(completions),
    library.addressOf(PATIENCE),
  );
}

function refused(call: string, errno: number): NotSupportedError {
  return new NotSupportedError(
    `Cannot wait for descriptors by ${call}(): the system does not allow it, as in some containers.`,
    { cause: systemError(call, errno) },
  );
}
