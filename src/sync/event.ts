/**
 * A flag that tasks wait for.
 *
 * @module
 */
import { noteHotMethods } from "../core/current.ts";
import type { Stepper } from "../core/contract.ts";
import type { LazyAwaitable } from "../core/suspend.ts";
import { FRESH } from "../core/wait.ts";
import { LinkedList } from "../core/lists.ts";
import { type AnyLineWait, BareLineWait, Waiters } from "./waiters.ts";
import { printsAsText } from "../core/repr.ts";

let isKnown = false;
let watch: (event: Event, callback: () => void) => () => void;

/** Calls back once, when an event that is not set is set. Returns a function that cancels the callback. */
export function whenSet(event: Event, callback: () => void): () => void {
  return watch(event, callback);
}

/** One call of `wait`. */
class EventWait extends BareLineWait<true> {
  phase: number = FRESH;
  stepper: Stepper | null = null;
  reason: unknown = undefined;
  readonly line: Waiters;
  before: AnyLineWait | null = null;
  after: AnyLineWait | null = null;
  readonly #event: Event;

  constructor(event: Event, line: Waiters) {
    super();
    this.line = line;
    this.#event = event;
  }

  override methodName(): string {
    return "wait";
  }

  override tryNow(): IteratorReturnResult<true> | null {
    if (this.#event.isSet()) return this.woken();
    this.line.bind(this.#event);
    return null;
  }

  // Even if the event was cleared again meanwhile.
  override woken(): IteratorReturnResult<true> {
    return { done: true, value: true };
  }

  override toString(): string {
    return `<wait ${this.#event}>`;
  }
}

/**
 * A flag that tasks can wait for. Setting it wakes all tasks that wait, even if it is cleared at once. It is bound to a
 * loop by the first task that has to wait.
 *
 * Where it is imported, the name hides the host's own `Event`, a different class.
 *
 * @example Start when told
 * ```ts
 * import { createTask, Event, run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const start = new Event();
 *   const task = createTask(function* () {
 *     yield* start.wait();
 *     return "started";
 *   });
 *   yield* sleep(1);
 *   start.set();
 *   console.log(yield* task);
 * });
 * ```
 *
 * @category Synchronization
 */
export class Event {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  readonly #line = new Waiters();
  #value = false;
  /** The callbacks of `whenSet`; null until there is one. */
  #callbacks: LinkedList<() => void> | null = null;

  /** Makes an event that is not set. */
  constructor() {
    isKnown ||= noteHotMethods(Event, "wait");
  }

  static {
    watch = (event, callback) => {
      const callbacks = event.#callbacks ??= new LinkedList();
      const entry = callbacks.add(callback);
      return () => void callbacks.remove(entry);
    };
  }

  /**
   * Waits until the flag is set, and returns true; suspends only if it is not.
   *
   * @throws {RuntimeError} when awaited, if it has to wait and the event is bound to another loop
   */
  wait(): LazyAwaitable<true> {
    return new EventWait(this, this.#line);
  }

  /** Sets the flag and wakes all tasks that wait, in the order in which they arrived. */
  set(): void {
    if (this.#value) return;
    this.#value = true;
    this.#line.wake(Infinity);
    if (this.#callbacks !== null) callAll(this.#callbacks);
  }

  /** Clears the flag: tasks that call `wait` from now on wait until it is set again. */
  clear(): void {
    this.#value = false;
  }

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.#value;
  }

  /** Readable form, as CPython's repr. */
  toString(): string {
    return `<Event [${this.#value ? "set" : "unset"}${this.#line.describe()}]>`;
  }
}

function callAll(callbacks: LinkedList<() => void>): void {
  for (let entry = callbacks.first(); entry !== null; entry = callbacks.first()) {
    callbacks.remove(entry);
    entry.item();
  }
}
