/**
 * How long Bun keeps a connection that is not used.
 *
 * @module
 */

/** The part of Bun's server that is used here. */
export interface TimingServer {
  timeout(request: Request, seconds: number): void;
}

/** The longest time that Bun takes, in seconds; 0 is for ever. */
const LONGEST = 255;

/**
 * What Bun's server is to count, in its seconds. Bun limits the head of the first request of a connection to some ten by itself, in
 * whatever way it comes, and that of a further one by this.
 */
export function toIdleTimeout(keepAliveTimeout = Infinity): number {
  return keepAliveTimeout === Infinity ? 0 : Math.min(LONGEST, Math.ceil(keepAliveTimeout / 1_000));
}

/**
 * Bun counts the time of a connection also while its request is being answered: in a handler that takes its time, and in a stream that
 * is quiet for a while. So it is told when that begins and ends.
 */
export class IdleLimit {
  readonly #server: TimingServer;
  readonly #seconds: number;

  /** Takes what the server counts when nothing is said. */
  constructor(server: TimingServer, seconds: number) {
    this.#server = server;
    this.#seconds = seconds;
  }

  /** The request takes its time. */
  lift(request: Request): void {
    if (this.#seconds !== 0) this.#server.timeout(request, 0);
  }

  /** It is answered, and the connection may be idle from now on. */
  restore(request: Request): void {
    if (this.#seconds !== 0) this.#server.timeout(request, this.#seconds);
  }
}
