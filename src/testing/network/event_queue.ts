/**
 * What happens on a network, in its order.
 *
 * @module
 */
import { hasForeignMark, runUnmarked } from "../../core/current_code.ts";
import type { Timeline, VirtualTimer } from "../timeline.ts";

/** Something that will happen. */
export interface Scheduled {
  readonly when: number;
  /** In which order it was scheduled, among what happens at the same time. */
  readonly order: number;
  /** Null once it was called off. */
  run: (() => void) | null;
}

/** Whether one comes before another. */
function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.when < b.when || (a.when === b.when && a.order < b.order);
}

/**
 * A heap of what is to come, with one timer of the virtual clock for the earliest. Everything happens in a macrotask of its own time, so never
 * inside a call of whoever asked for it.
 */
export class EventQueue {
  #timeline: Timeline;
  readonly #heap: Scheduled[] = [];
  #order = 0;
  #timer: VirtualTimer | null = null;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Whether anything was ever scheduled. */
  get isUsed(): boolean {
    return this.#order > 0;
  }

  /** The virtual time. */
  get now(): number {
    return this.#timeline.now;
  }

  /** The clock that it goes by. */
  get timeline(): Timeline {
    return this.#timeline;
  }

  /** Goes by another clock from now on. Nothing has been scheduled yet. */
  moveTo(timeline: Timeline): void {
    this.#timeline = timeline;
  }

  /** Calls back after so many milliseconds; with 0 in the next macrotask. */
  after(delay: number, run: () => void): Scheduled {
    return this.at(this.#timeline.now + delay, run);
  }

  /** Calls back at a time. */
  at(when: number, run: () => void): Scheduled {
    const event: Scheduled = { when, order: this.#order++, run };
    this.#push(event);
    if (this.#heap[0] === event) this.#arm();
    return event;
  }

  /** Nothing happens any more. */
  clear(): void {
    this.#heap.length = 0;
    if (this.#timer !== null) this.#timeline.disarm(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    const [first] = this.#heap;
    if (this.#timer !== null) {
      if (first !== undefined && this.#timer.when <= first.when) return;
      this.#timeline.disarm(this.#timer);
      this.#timer = null;
    }
    if (first === undefined) return;
    this.#timer = this.#timeline.arm(Math.max(0, first.when - this.#timeline.now), this.#onTime);
  }

  readonly #onTime = (): void => {
    this.#timer = null;
    // A macrotask carries the marks of whoever asked for it; what happens on the network is nobody's.
    if (hasForeignMark()) runUnmarked(null, this.#onTurn);
    else this.#onTurn();
  };

  readonly #onTurn = (): void => {
    const { now } = this.#timeline;
    // What is scheduled meanwhile has a macrotask of its own, before which the loops go on.
    const last = this.#order;
    for (;;) {
      const [first] = this.#heap;
      // A sum of fractions may end a hair before.
      if (first === undefined || first.when > now + 1e-9 || first.order >= last) break;
      this.#pop();
      first.run?.();
    }
    this.#dropCalledOff();
    this.#arm();
  };

  /** The clock does not jump to what was called off. */
  #dropCalledOff(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.run === null) this.#pop();
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
