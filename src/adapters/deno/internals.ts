/**
 * What is used of the inside of Deno, since nothing public does it.
 *
 * Deno promises none of this. Each thing is looked for, and where it is not found the adapter goes on without: what is missing then stands
 * beside it.
 *
 * @module
 */

/** The part of Deno's core that is used. */
interface Core {
  readonly tryClose?: (resource: number) => void;
  readonly cancelTimer?: (timer: unknown) => void;
}

/** What Deno keeps for its own modules. */
interface Internals {
  readonly core?: Core;
}

const { internal } = Deno as unknown as { readonly internal?: symbol };
const internals = (internal === undefined ? undefined : (Deno as unknown as Record<symbol, Internals>)[internal]) ?? {};

/** Finds one of the symbols by which Deno keeps things on its objects. */
function find(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

/** Cuts the connection of a WebSocket. Without it one that is closing ends with the client's answer, or when that leaves. */
export function cutWebSocket(socket: WebSocket): void {
  const { tryClose } = internals.core ?? {};
  const key = find(socket, "[[rid]]");
  const resource = key === undefined ? undefined : (socket as unknown as Record<symbol, unknown>)[key];
  if (typeof resource === "number") tryClose?.(resource);
}

/**
 * Ends the timer by which Deno pings the client of a WebSocket. It forgets that itself if the client has left without a word, and the
 * timer keeps the process alive: without this for as long as the time between two pings.
 */
export function endPings(socket: WebSocket): void {
  const { cancelTimer } = internals.core ?? {};
  const [duration, timer] = [find(socket, "[[idleTimeout]]"), find(socket, "[[idleTimeoutTimeout]]")];
  if (duration === undefined || timer === undefined) return;
  const slots = socket as unknown as Record<symbol, unknown>;
  // A ping may be on its way, after which the next timer is made: it is due at once then.
  slots[duration] = 0;
  if (slots[timer]) cancelTimer?.(slots[timer]);
}
