/**
 * Calls of the host that cannot be given up once they have begun, a few at a time.
 *
 * @module
 */

/** Lets so many calls go on at once; the others wait for their turn, in the order that they came, and can be given up until then. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Makes a call when it is its turn. When the signal aborts, it rejects with its reason: a call that has begun goes on, and has its turn
   * until it ends, but nobody hears of it.
   */
  async take<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const begin = (): void => {
      this.#waiting.delete(begin);
      this.#free--;
      call().then(resolve, reject).then(ended);
    };
    const ended = (): void => {
      signal.removeEventListener("abort", abort);
      this.#free++;
      this.#next();
    };
    const abort = (): void => {
      this.#waiting.delete(begin);
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.add(begin);
    this.#next();
    return await promise;
  }

  #next(): void {
    const [first] = this.#waiting;
    if (this.#free > 0) first?.();
  }
}
