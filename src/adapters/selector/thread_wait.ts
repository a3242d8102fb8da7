/**
 * Waiting by a thread that is blocked in `epoll_wait`, where the system has no asynchronous I/O.
 *
 * @module
 */

import { waitingCall } from "./deno_library.ts";
import type { IdleWait } from "./idle_wait.ts";
import type { Library } from "./library.ts";
import { EFD_CLOEXEC, EFD_NONBLOCK, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN } from "./linux.ts";
import { callFailed } from "./system_errors.ts";

/** An eventfd in the epoll, by which the thread is called back. Nobody else watches it: the reactor finds no watcher for it. */
class Interrupt {
  readonly #library: Library;
  readonly #epoll: number;
  readonly #fd: number;

  constructor(library: Library, epoll: number) {
    this.#library = library;
    this.#epoll = epoll;
    this.#fd = library.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.#fd < 0) throw callFailed("Cannot wait for descriptors", "eventfd", library.errno());
    this.#control(EPOLL_CTL_ADD);
  }

  /** Wakes the thread. */
  send(): void {
    this.#library.write(this.#fd, ONE, ONE.length);
  }

  /** The thread has been woken. */
  take(): void {
    this.#library.read(this.#fd, new Uint8Array(8), 8);
  }

  close(): void {
    this.#control(EPOLL_CTL_DEL);
    this.#library.close(this.#fd);
  }

  #control(operation: number): void {
    const { eventWords, dataWord } = this.#library.machine;
    const event = new Uint32Array(eventWords);
    event[0] = EPOLLIN;
    event[dataWord] = this.#fd;
    this.#library.epoll_ctl(this.#epoll, operation, this.#fd, new Uint8Array(event.buffer));
  }
}

const ONE = /* @__PURE__ */ new Uint8Array(new BigUint64Array([1n]).buffer);

/** A thread that is blocked as often as it is asked to. The program goes on while it is. */
interface Thread {
  /** Has it wait for an event. */
  wait(): void;
  /** Ends it. It does not wait now. */
  end(): void;
}

/** Waits by a thread. */
export class ThreadWait implements IdleWait {
  readonly #interrupt: Interrupt;
  readonly #thread: Thread;
  readonly #woken: () => void;
  #closed: (() => void) | null = null;
  #isArmed = false;
  #isBlocked = false;
  #isInterrupted = false;

  constructor(library: Library, epoll: number, woken: () => void) {
    this.#interrupt = new Interrupt(library, epoll);
    const start = "Bun" in globalThis ? bunThread : denoThread;
    this.#thread = start(library.name, epoll, () => this.#returned());
    this.#woken = woken;
  }

  arm(): void {
    this.#isArmed = true;
    if (!this.#isBlocked) this.#wait();
  }

  disarm(): void {
    this.#isArmed = false;
    this.#sendInterrupt();
  }

  rest(): void {}

  close(closed: () => void): void {
    this.#closed = closed;
    if (this.#isBlocked) this.#sendInterrupt();
    else this.#end();
  }

  #wait(): void {
    this.#isBlocked = true;
    this.#thread.wait();
  }

  #sendInterrupt(): void {
    if (!this.#isInterrupted) this.#interrupt.send();
    this.#isInterrupted = true;
  }

  #returned(): void {
    this.#isBlocked = false;
    if (this.#closed !== null) return this.#end();
    if (this.#isInterrupted) {
      this.#isInterrupted = false;
      this.#interrupt.take();
      // It was armed again meanwhile.
      if (this.#isArmed) this.#wait();
      return;
    }
    this.#isArmed = false;
    this.#woken();
  }

  #end(): void {
    this.#interrupt.close();
    this.#thread.end();
    this.#closed!();
  }
}

/** One of Deno's own, which has those for calls that wait. */
function denoThread(library: string, epoll: number, returned: () => void): Thread {
  const call = waitingCall(library, epoll);
  return { wait: () => void call.wait().then(returned), end: () => call.close() };
}

/** What the worker does: it waits as often as it is asked to, and ends when it is told to. */
const PROGRAM = `
const { dlopen } = process.getBuiltinModule("bun:ffi");
const events = new Uint8Array(16);
let symbols;
self.onmessage = ({ data }) => {
  if (data === "end") return process.exit(0);
  symbols ??= dlopen(data.name, { epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" } }).symbols;
  symbols.epoll_wait(data.epoll, events, 1, -1);
  postMessage(0);
};
`;

interface BunWorker {
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
}

/** A worker: Bun has no threads for calls that wait. */
function bunThread(library: string, epoll: number, returned: () => void): Thread {
  const { Worker } = globalThis as unknown as { readonly Worker: new (url: string) => BunWorker };
  const url = URL.createObjectURL(new Blob([PROGRAM], { type: "application/javascript" }));
  const worker = new Worker(url);
  worker.unref();
  worker.onmessage = () => {
    worker.unref();
    returned();
  };
  return {
    wait() {
      worker.ref();
      worker.postMessage({ name: library, epoll });
    },
    end: () => worker.postMessage("end"),
  };
}
