/**
 * What a TLS handshake that failed still has to say: the alert.
 *
 * @module
 */

import { clearTimeout, setImmediate, setTimeout } from "../shared/timers.ts";
import type { Duplex, TlsSocket } from "./types.ts";
import { handleOf } from "./undocumented.ts";

/** How long the last words may take to leave, in milliseconds. They are few, and normally leave at once. */
const FAREWELL = 1000;

/** Something that Deno closes below TLS: a stream that was made here, or what Node calls the handle of a socket. */
interface Closable {
  close?(...args: unknown[]): unknown;
  destroy?(...args: unknown[]): unknown;
}

/**
 * Keeps what is below a handshake open for a moment longer than Deno would, which closes it before it has written the alert. Gives what
 * ends that. In turns and not in milliseconds, since nobody waits for it: a timer would outlive whoever was told of the failure.
 */
export function keepForAlert(below: Duplex): () => void {
  if (!("Deno" in globalThis)) return () => {};
  const name = below.gate === undefined ? "close" : "destroy";
  const target = (below.gate === undefined ? handleOf(below) : below) as Closable | null | undefined;
  const original = target?.[name];
  if (target === null || target === undefined || original === undefined) return () => {};
  target[name] = (...args: unknown[]) => {
    setImmediate(() => setImmediate(() => original.apply(target, args)));
    return target;
  };
  return () => {
    delete target[name];
  };
}

/**
 * Ends what a failed handshake leaves. Later, since Node crashes when what is below goes while TLS is still telling what went wrong; and
 * in order, since the alert may not be with the system yet.
 */
export function discard(socket: TlsSocket | undefined, below: Duplex): void {
  setImmediate(() => {
    const end = (): void => {
      clearTimeout(timer);
      socket?.destroy();
      below.destroy();
    };
    const timer = setTimeout(end, FAREWELL);
    if (below.destroyed || below.writableFinished) return end();
    below.once("finish", end);
    below.once("close", end);
    below.end();
  });
}
