/**
 * The one epoll of a thread: who waits for what, and when it is asked.
 *
 * It is asked as often as the runtime's loop turns while something happens, and shortly after. When nothing does, the system is told to wake
 * the runtime, and nothing runs.
 *
 * @module
 */

import type { ClosingLoop } from "../descriptors.ts";
import { denoHop, now, plainHop } from "../shared/timers.ts";
import { type HostLook, openHostLook } from "./host_look.ts";
import { loadHostWatch } from "./host_watch.ts";
import { type IdleWait, openIdleWait } from "./idle_wait.ts";
import { type Library, openLibrary } from "./library.ts";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, O_CLOEXEC } from "./linux.ts";
import { ReadMemory } from "./read_memory.ts";
import { callFailed } from "./system_errors.ts";
import { Vectors } from "./vectors.ts";

/** How many events are taken at a time. */
const MOST_EVENTS = 256;

/**
 * Milliseconds without an event after which nobody asks any more. Rule: as long as the other side of a busy connection takes to answer; to wait in
 * the system and to be woken costs about as much as this.
 */
const SPIN_TIME = 0.075;

/**
 * How old, in milliseconds, the last look of the runtime at all else that it waits for may grow. A request to a server of the same program takes two
 * of them. Rule: no longer than what fifty busy sockets have for one turn of the loop; a look costs a few hundredths of that.
 */
const LOOK_INTERVAL = 0.5;

const hop = "Deno" in globalThis ? denoHop : plainHop;

/** Who is told what a descriptor is ready for. */
export interface Watcher {
  /**
   * It is ready for this, as epoll says it. Returns whether so much was read that what was read shall be looked at before anything else is.
   */
  ready(events: number): boolean;
}

/** A watcher, and which of the descriptors it is that have had this number. */
interface Entry {
  readonly watcher: Watcher;
  readonly generation: number;
}

let current: Reactor | null = null;

/** The loops that have it stay open while nobody holds it, and how many those are. */
const kept = /* @__PURE__ */ new WeakSet<ClosingLoop>();
let keepers = 0;

/** The reactor of this thread, for somebody who will hold a descriptor: opened if there is none. Each call is followed by one of `release()`. */
export function holdReactor(): Reactor {
  // Before there is one, and not while it is made: what runs meanwhile may ask for one.
  if (current === null) loadHostWatch();
  current ??= new Reactor();
  current.holders++;
  return current;
}

/**
 * Has the reactor stay open, once there is one, until the loop has closed: to open it takes Deno ten milliseconds, in which nothing else runs.
 */
export function keepReactorFor(loop: ClosingLoop): void {
  if (kept.has(loop) || loop.isClosed()) return;
  kept.add(loop);
  keepers++;
  loop.onClose.add(() => {
    keepers--;
    current?.closeUnlessUsed();
  });
}

/** Whether there is a reactor in this thread. */
export function holdsReactor(): boolean {
  return current !== null;
}

/** The connection or the listener of this thread that a descriptor belongs to. */
export function ownerOf(fd: number): object | undefined {
  return current?.ownerOf(fd);
}

/** Watches descriptors. */
export class Reactor {
  /** The C library. */
  readonly library: Library;
  /** What everything is read into. */
  readonly memory: ReadMemory = new ReadMemory();
  #vectors: Vectors | null = null;
  /** How many descriptors keep it open. */
  holders = 0;
  readonly #epoll: number;
  readonly #idle: IdleWait;
  readonly #look: HostLook | null;
  /** When the runtime was asked to look last. */
  #lookedAt = 0;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #owned = new Map<number, object>();
  #watched = 0;
  #generation = 0;
  readonly #events: Uint32Array;
  readonly #eventBytes: Uint8Array;
  /** For one event on its way to the system. */
  readonly #change: Uint32Array;
  readonly #changeBytes: Uint8Array;
  /** How many events were taken, and which one is told next. */
  #count = 0;
  #next = 0;
  /** Since when there was no event; 0 while there are some. */
  #quietSince = 0;
  /** *Resting*: nothing is watched. *Turning*: it asks at the next turn of the host. *Waiting*: the system will call. *Telling*: in between. */
  #state: "resting" | "turning" | "waiting" | "telling" | "closed" = "resting";

  constructor() {
    const library = this.library = openLibrary();
    const { eventWords } = library.machine;
    this.#events = new Uint32Array(MOST_EVENTS * eventWords);
    this.#eventBytes = new Uint8Array(this.#events.buffer);
    this.#change = new Uint32Array(eventWords);
    this.#changeBytes = new Uint8Array(this.#change.buffer);
    this.#epoll = library.epoll_create1(O_CLOEXEC);
    if (this.#epoll < 0) {
      const error = callFailed("Cannot watch descriptors", "epoll_create1", library.errno());
      library.unload();
      throw error;
    }
    try {
      this.#idle = openIdleWait(library, this.#epoll, this.#turn);
    } catch (error) {
      library.close(this.#epoll);
      library.unload();
      throw error;
    }
    this.#look = openHostLook(library);
  }

  /** What sends several arrays at a time. */
  get vectors(): Vectors {
    return this.#vectors ??= new Vectors(this.library);
  }

  /** Tells the watcher what the descriptor is ready for, again and again for as long as it is. Returns 0, or the number of the system's error. */
  watch(fd: number, events: number, watcher: Watcher): number {
    const generation = this.#generation = (this.#generation + 1) >>> 0;
    const errno = this.#control(EPOLL_CTL_ADD, fd, events, generation);
    if (errno !== 0) return errno;
    // Whoever closed a descriptor without a word has left an entry here.
    if (this.#entries[fd] === undefined) this.#watched++;
    this.#entries[fd] = { watcher, generation };
    if (this.#state === "resting") this.#ask();
    return 0;
  }

  /** Whether a descriptor can be watched: 0, or the number of the system's error. */
  probe(fd: number): number {
    const errno = this.#control(EPOLL_CTL_ADD, fd, 0, 0);
    if (errno === 0) this.#control(EPOLL_CTL_DEL, fd, 0, 0);
    return errno;
  }

  /** Watches for something else. The system may have forgotten the descriptor: whoever has it has closed it, and its number came again. */
  rewatch(fd: number, events: number, watcher: Watcher): number {
    if (this.change(fd, events, watcher)) return 0;
    this.forget(fd, watcher);
    return this.watch(fd, events, watcher);
  }

  /** Notes that a connection or a listener has the descriptor: nobody else may watch it. */
  own(fd: number, owner: object): void {
    this.#owned.set(fd, owner);
  }

  /** Whether it is the reactor's: whoever has opened it first has closed it long ago. */
  isOwn(fd: number): boolean {
    return fd === this.#epoll;
  }

  /** Whether one has. */
  owns(fd: number): boolean {
    return this.#owned.has(fd);
  }

  /** Which one has. */
  ownerOf(fd: number): object | undefined {
    return this.#owned.get(fd);
  }

  /**
   * Watches for something else. Returns whether this watcher does: if the descriptor was closed, another one may have its number, or the system
   * has forgotten it.
   */
  change(fd: number, events: number, watcher: Watcher): boolean {
    const entry = this.#entries[fd];
    return entry?.watcher === watcher && this.#control(EPOLL_CTL_MOD, fd, events, entry.generation) === 0;
  }

  /** Has this watcher watch no more, if it does. To be called before the descriptor is closed. */
  forget(fd: number, watcher: Watcher): void {
    if (this.#entries[fd]?.watcher !== watcher) return;
    this.#entries[fd] = undefined;
    this.#watched--;
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
    if (this.#watched > 0 || this.#state !== "waiting") return;
    // There is nothing that could end the waiting, and the program must not go on for it. At the next turn, since another one may come at once.
    this.#idle.disarm();
    this.#ask();
  }

  /**
   * Somebody has closed this descriptor, or holds none any more. With the last one everything is closed that was opened here, unless a loop has it
   * stay.
   */
  release(fd = -1): void {
    this.#owned.delete(fd);
    this.holders--;
    this.closeUnlessUsed();
  }

  /** Closes what was opened here, if nobody needs it. */
  closeUnlessUsed(): void {
    if (this.holders > 0 || keepers > 0) return;
    this.#state = "closed";
    if (current === this) current = null;
    this.#look?.close();
    this.#idle.close(() => {
      this.library.close(this.#epoll);
      this.library.unload();
    });
  }

  #control(operation: number, fd: number, events: number, generation: number): number {
    const change = this.#change;
    const { dataWord } = this.library.machine;
    change[0] = events;
    change[dataWord] = fd;
    change[dataWord + 1] = generation;
    return this.library.epoll_ctl(this.#epoll, operation, fd, this.#changeBytes) < 0 ? this.library.errno() : 0;
  }

  /** Asks at the next turn of the host. */
  #ask(): void {
    this.#state = "turning";
    if (this.#look === null) return hop(this.#turn);
    const time = now();
    if (time - this.#lookedAt < LOOK_INTERVAL) return plainHop(this.#turn);
    this.#lookedAt = time;
    this.#look.look(this.#turn);
  }

  readonly #turn = (): void => {
    if (this.#state === "closed") return;
    if (this.#watched === 0) {
      this.#state = "resting";
      this.#idle.rest();
      return;
    }
    const count = this.library.epoll_wait(this.#epoll, this.#eventBytes, MOST_EVENTS, 0);
    if (count > 0) {
      this.#count = count;
      this.#next = 0;
      this.#quietSince = 0;
      this.#state = "telling";
      this.#tell();
      return;
    }
    const time = now();
    if (this.#quietSince === 0) this.#quietSince = time;
    if (time - this.#quietSince < SPIN_TIME) return this.#ask();
    this.#state = "waiting";
    this.#idle.arm();
  };

  /** Tells the events, in the order that the system has them. */
  readonly #tell = (): void => {
    const events = this.#events;
    const { eventWords, dataWord } = this.library.machine;
    let hasMuch = false;
    try {
      while (this.#next < this.#count && !hasMuch) {
        const at = eventWords * this.#next++;
        const entry = this.#entries[events[at + dataWord]!];
        // Its number may have been given to another one meanwhile.
        if (entry === undefined || entry.generation !== events[at + dataWord + 1]) continue;
        hasMuch = entry.watcher.ready(events[at]!);
      }
    } finally {
      if (this.#state === "telling") {
        // What was read is looked at in a microtask, while it is still in the processor's cache, and its memory is used again.
        if (this.#next < this.#count) queueMicrotask(this.#tell);
        else this.#ask();
      }
    }
  };
}
