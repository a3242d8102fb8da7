/**
 * The keys and their values, when they expire, and who waits for an element of a list.
 *
 * @module
 */
import { type Coroutine, type Future, getRunningLoop, type TimerHandle } from "@loop/asyncio";
import { type End, List } from "./list.ts";
import { CommandError } from "./resp.ts";

export class StringSet extends Set<string> {}
export class Hash extends Map<string, string> {}
export type Value = string | List | StringSet | Hash;

interface Entry {
  value: Value;
  /** Counts up in the order that keys are made, which is the order of the Map: a cursor that stays right when keys go. */
  readonly number: number;
  expiry: TimerHandle | null;
}

interface Waiter {
  readonly end: End;
  readonly element: Future<[key: string, element: string]>;
}

export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  #made = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** How many keys expire. */
  get expiring(): number {
    let count = 0;
    for (const { expiry } of this.#entries.values()) count += Number(expiry !== null);
    return count;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  getString(key: string): string | undefined {
    const value = this.get(key);
    if (value !== undefined && typeof value !== "string") throw wrongType();
    return value;
  }

  /** The list, set or hash, or undefined if there is no such key. */
  find<T extends Value>(key: string, type: new () => T): T | undefined {
    const value = this.get(key);
    if (value !== undefined && !((value as unknown) instanceof type)) throw wrongType();
    return value as T | undefined;
  }

  /** The same, made if there is none. */
  findOrMake<T extends Value>(key: string, type: new () => T): T {
    let value = this.find(key, type);
    if (value === undefined) this.set(key, value = new type());
    return value;
  }

  /** Sets a value that does not expire. */
  set(key: string, value: Value): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { value, number: ++this.#made, expiry: null });
    } else {
      entry.value = value;
      this.persist(key);
    }
  }

  /** Sets a value and leaves it to expire when it would have. */
  replace(key: string, value: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.set(key, value);
    else entry.value = value;
  }

  delete(key: string): boolean {
    this.persist(key);
    return this.#entries.delete(key);
  }

  /** There are no empty lists, sets and hashes. */
  deleteIfEmpty(key: string, value: List | StringSet | Hash): void {
    if (value.size === 0) this.delete(key);
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.delete(key);
  }

  /** Deletes a key after so many milliseconds. A key is a timer of the loop, which has one timer of the host for all of them. */
  expire(key: string, delay: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (delay <= 0) {
      this.delete(key);
      return;
    }
    entry.expiry?.cancel();
    entry.expiry = getRunningLoop().callLater(delay, () => this.#entries.delete(key));
  }

  /** Milliseconds up to the end of a key, or null if it has none. */
  timeLeft(key: string): number | null {
    const expiry = this.#entries.get(key)?.expiry ?? null;
    return expiry && Math.max(0, Math.round(expiry.when() - getRunningLoop().time()));
  }

  /** Whether it had an end. */
  persist(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiry === null) return false;
    entry.expiry.cancel();
    entry.expiry = null;
    return true;
  }

  /** Some keys after a cursor, and the next cursor; 0 at the end. */
  scan(cursor: number, count: number): [cursor: number, keys: string[]] {
    const keys: string[] = [];
    let last = 0;
    for (const [key, { number }] of this.#entries) {
      if (number <= cursor) continue;
      if (keys.length === count) return [last, keys];
      keys.push(key);
      last = number;
    }
    return [0, keys];
  }

  /** Adds to a list and gives its length. Those who wait get their elements after that, the longest waiting first. */
  push(key: string, end: End, elements: readonly string[]): number {
    const list = this.findOrMake(key, List);
    for (const element of elements) list.push(end, element);
    const { size } = list;
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (list.size === 0) break;
      if (!waiter.element.done()) waiter.element.setResult([key, this.pop(key, waiter.end) as string]);
    }
    return size;
  }

  pop(key: string, end: End): string | undefined {
    const list = this.find(key, List);
    const element = list?.pop(end);
    if (list !== undefined) this.deleteIfEmpty(key, list);
    return element;
  }

  /** Takes an element of the first of the lists that has one. */
  popFirst(keys: readonly string[], end: End): [key: string, element: string] | undefined {
    for (const key of keys) {
      const element = this.pop(key, end);
      if (element !== undefined) return [key, element];
    }
  }

  /** Waits until one of the lists, empty by now, gets an element, and takes it. Cancelled, it takes nothing. */
  *waitFor(keys: readonly string[], end: End): Coroutine<[key: string, element: string]> {
    const waiter: Waiter = { end, element: getRunningLoop().createFuture() };
    for (const key of keys) this.#waitersOf(key).add(waiter);
    try {
      return yield* waiter.element;
    } catch (error) {
      // Cancelled between being given an element and going on with it: somebody else shall have it.
      if (!waiter.element.cancelled()) {
        const [key, element] = waiter.element.result();
        this.push(key, end, [element]);
      }
      throw error;
    } finally {
      for (const key of keys) {
        const waiters = this.#waitersOf(key);
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(key);
      }
    }
  }

  #waitersOf(key: string): Set<Waiter> {
    let waiters = this.#waiters.get(key);
    if (waiters === undefined) this.#waiters.set(key, waiters = new Set());
    return waiters;
  }
}

function wrongType(): CommandError {
  return new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
}
