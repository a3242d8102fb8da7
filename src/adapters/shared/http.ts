/**
 * Small things that the HTTP listeners of all hosts share.
 *
 * @module
 */

import { RuntimeError } from "../../core/errors.ts";
import type { HttpListenOptions } from "../adapter.ts";
import type { ListenAddress } from "./errors.ts";

/** Makes the error for a client whose address is asked for too late. */
export function clientUnknown(cause?: unknown): RuntimeError {
  return new RuntimeError(
    "Cannot tell the client's address: the request has ended. Ask before the response is returned.",
    { cause },
  );
}

/** Calls back once when the signal aborts, at the earliest in a microtask, until the function that it returns is called. */
export function watchSignal(signal: AbortSignal, gone: () => void): () => void {
  let watching = true;
  const listener = (): void => {
    if (!watching) return;
    watching = false;
    gone();
  };
  if (signal.aborted) queueMicrotask(listener);
  else signal.addEventListener("abort", listener, { once: true });
  return () => {
    watching = false;
    signal.removeEventListener("abort", listener);
  };
}

/**
 * Thrown for a body that was broken off before any of it was sent. Who has broken it off has reported why; it says with which status the request
 * is answered instead.
 */
export class UnsentBody {
  readonly status: number;

  constructor(status: number) {
    this.status = status;
  }
}

/** A body that ends by itself when its request is over, so that nobody needs a way to cut it, and reports its failure. */
export interface SelfEnding {
  /**
   * Begins to produce it, and waits until it has ended, but no longer than until its first steps are done and the host has had a turn. The
   * response goes out at once then, or when `sends()` is called: until there another one can be sent in its place. Who produces it gets an error
   * if it is not as long as the head says, null if that says nothing.
   *
   * @throws {UnsentBody} if it was broken off by then
   */
  begin(isSentAtOnce: boolean, announced: number | null): Promise<void>;
  /** Called right before the head goes out. Before, who reads the body gets an UnsentBody when it is broken off. */
  sends(): void;
  /** Called when it is over: all of it was handed over, it has failed, or nobody wants it. */
  onOver: (() => void) | null;
}

/** The bodies that are of this kind. */
export const selfEnding: WeakMap<ReadableStream, SelfEnding> = new WeakMap();

/**
 * The uploads that the module reads itself, and what ends that when the request is answered: a host that cannot drop what is left of one
 * while somebody keeps a reader asks here.
 */
export const uploadsRead: WeakMap<ReadableStream, () => void> = new WeakMap();

/** Where an HTTP server is to listen, for messages. */
export function whereOf({ hostname, port, path }: HttpListenOptions): ListenAddress {
  return path === undefined ? { hostname, port } : { hostname, port, path };
}

/** What an AbortError says of a request, where the host throws one into whoever reads its body when that breaks off. */
export function cutOffByAbort(error: unknown, request: Request): "gone" | "over" | null {
  if (!(error instanceof Error) || error.name !== "AbortError") return null;
  return request.signal.aborted ? "gone" : "over";
}
