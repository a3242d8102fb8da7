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

/** A thread of Deno's own, which has those for calls that wait. */
export class ThreadWait implements IdleWait {
  readonly #interrupt: Interrupt;
  readonly #call: ReturnType<typeof waitingCall>;
  readonly #woken: () => void;
  #closed: (() => void) | null = null;
  #isArmed = false;

  constructor(library: Library, epoll: number, woken: () => void) {
    this.#interrupt = new Interrupt(library, epoll);
    this.#call = waitingCall(library.name, epoll);
    this.#woken = woken;
  }

  arm(): void {
    this.#isArmed = true;
    this.#call.wait().then(() => {
      this.#isArmed = false;
      if (this.#closed === null) this.#woken();
      else this.#end();
    });
  }

  close(closed: () => void): void {
    this.#closed = closed;
    if (this.#isArmed) this.#interrupt.send();
    else this.#end();
  }

  #end(): void {
    this.#interrupt.close();
    this.#call.close();
    this.#closed!();
  }
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
}

/** A worker, where the runtime has no threads for calls that wait. */
export class WorkerWait implements IdleWait {
  readonly #interrupt: Interrupt;
  readonly #epoll: number;
  readonly #name: string;
  readonly #worker: BunWorker;
  #closed: (() => void) | null = null;
  #isArmed = false;

  constructor(library: Library, epoll: number, woken: () => void) {
    this.#interrupt = new Interrupt(library, epoll);
    this.#epoll = epoll;
    this.#name = library.name;
    const { Worker } = globalThis as unknown as { readonly Worker: new (url: string) => BunWorker };
    const url = URL.createObjectURL(new Blob([PROGRAM], { type: "application/javascript" }));
    this.#worker = new Worker(url);
    this.#worker.onmessage = () => {
      this.#isArmed = false;
      if (this.#closed === null) woken();
      else this.#end();
    };
  }

  arm(): void {
    this.#isArmed = true;
    this.#worker.postMessage({ name: this.#name, epoll: this.#epoll });
  }

  close(closed: () => void): void {
    this.#closed = closed;
    if (this.#isArmed) this.#interrupt.send();
    else this.#end();
  }

  #end(): void {
    this.#worker.postMessage("end");
    this.#interrupt.close();
    this.#closed!();
  }
}
