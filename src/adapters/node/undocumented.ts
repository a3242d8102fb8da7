/**
 * What is used of Node's sockets beside what its documentation says. It is there on Node, Deno and Bun; where it is not one day, whoever asks
 * goes on without.
 *
 * @module
 */
import type { ServerResponse } from "./types.ts";

/** The names that Node has for it. */
interface Inside {
  readonly _parent?: unknown;
  _handle?: unknown;
  _paused?: boolean;
  readonly _httpMessage?: ServerResponse | null;
}

/** The stream below TLS. */
export function parentOf<S extends object>(socket: S): S | undefined {
  return ((socket as Inside)._parent ?? undefined) as S | undefined;
}

/** What Node calls the handle of a socket: the runtime's own object. `H` is what is used of it. */
export function handleOf<H extends object>(socket: object): Partial<H> | null {
  return ((socket as Inside)._handle ?? null) as Partial<H> | null;
}

/** Takes the handle from a socket, which has none from then on. */
export function takeHandle(socket: object): void {
  (socket as Inside)._handle = null;
}

/** The number of a socket's file. */
export function fileOf(socket: object): number | undefined {
  return handleOf<{ readonly fd: number }>(socket)?.fd;
}

/** Says whether Node has stopped reading from the socket of a request. */
export function setPaused(socket: object, isPaused: boolean): void {
  (socket as Inside)._paused = isPaused;
}

/** The response that Node is writing to a socket. */
export function messageOn(socket: object): ServerResponse | null {
  return (socket as Inside)._httpMessage ?? null;
}
