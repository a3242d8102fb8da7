/**
 * The timers of a loop: a binary heap by time, and by the order made where times are equal.
 *
 * It has a heap of its own, and not that of `queues/heap.ts`, which asks a function for each comparison: a sleep among hundreds would cost half as
 * much again on JavaScriptCore.
 *
 * A cancelled timer stays in the heap until it comes up, or until more than half of a large heap is cancelled:
 * taking it out at once would cost a search.
 *
 * @module
 */
import type { Timed } from "./contract.ts";

/** Below this size a heap is never rebuilt. CPython's number. */
const SMALL = 100;

/** The heap. */
export class TimerHeap {
  #heap: Timed[] = [];
  #made = 0;
  #cancelled = 0;

  /** How many timers are held, cancelled ones included. */
  get length(): number {
    return this.#heap.length;
  }

  /** Adds a timer that is due at `when`. */
  push(timer: Timed, when: number): void {
    timer._when = when;
    timer._order = this.#made++;
    timer._scheduled = true;
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Timed;
      // The newcomer was made last, so among equals it stays below.
      if (parent._when <= when) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  /** Counts a timer that has just been cancelled while in the heap. */
  noteCancelled(): void {
    this.#cancelled++;
  }

  /** The earliest timer that is not cancelled, or undefined. Cancelled ones on top of it are dropped. */
  peek(): Timed | undefined {
    const heap = this.#heap;
    if (this.#cancelled === 0) return heap[0];
    if (heap.length > SMALL && this.#cancelled * 2 > heap.length) this.#rebuild();
    for (;;) {
      const first = heap[0];
      if (first === undefined || !first._isCancelled()) return first;
      this.pop();
    }
  }

  /** Takes the first timer, cancelled or not. Only called when there is one. */
  pop(): Timed {
    const heap = this.#heap;
    const first = heap[0] as Timed;
    const last = heap.pop() as Timed;
    if (last !== first) {
      this.#sink(last, 0);
    }
    first._scheduled = false;
    if (this.#cancelled > 0 && first._isCancelled()) this.#cancelled--;
    return first;
  }

  /** Forgets everything. */
  clear(): void {
    for (const timer of this.#heap) timer._scheduled = false;
    this.#heap = [];
    this.#cancelled = 0;
  }

  #sink(timer: Timed, start: number): void {
    const heap = this.#heap;
    const length = heap.length;
    const { _when: when, _order: order } = timer;
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      let child = heap[below] as Timed;
      if (below + 1 < length) {
        const right = heap[below + 1] as Timed;
        if (right._when < child._when || (right._when === child._when && right._order < child._order)) {
          below++;
          child = right;
        }
      }
      if (child._when > when || (child._when === when && child._order > order)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = timer;
  }

  #rebuild(): void {
    const heap = this.#heap;
    let kept = 0;
    for (const timer of heap) {
      if (timer._isCancelled()) timer._scheduled = false;
      else heap[kept++] = timer;
    }
    heap.length = kept;
    this.#cancelled = 0;
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.#sink(heap[at] as Timed, at);
  }
}
