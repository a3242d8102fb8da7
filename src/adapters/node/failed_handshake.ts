/**
 * The end of a TLS handshake that failed: the other side is still to get the alert.
 *
 * @module
 */

import { clearTimeout, setImmediate, setTimeout } from "../shared/timers.ts";
import type { Duplex, TlsSocket } from "./types.ts";
import { handleOf } from "./undocumented.ts";

/** How long an alert may take to be sent, in milliseconds. It is short, and normally sent at once. */
const ALERT_TIME = 1000;

/** Something that Deno closes below TLS: a stream that was made here, or what Node calls the handle of a socket. */
interface Closable {
  close?(...args: unknown[]): unknown;
  destroy?(...args: unknown[]): unknown;
}

/**
 * Keeps what is below a handshake open for a moment longer than Deno would, which closes it before it has written the alert. Returns what
 * ends that. In turns and not in milliseconds, since nobody waits for it: a timer would outlive whoever has heard of the failure.
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
    const timer = setTimeout(end, ALERT_TIME);
    if (below.destroyed || below.writableFinished) return end();
    below.once("finish", end);
    below.once("close", end);
    below.end();
  });
}
