/**
 * The bodies of responses that are being sent bit by bit.
 *
 * @module
 */

import type { HttpEnd } from "../adapter.ts";
import { selfEnding } from "../shared/http.ts";

/** What is known here of the inside of Deno's Response. */
interface Inner {
  readonly body?: { readonly streamOrStatic?: unknown; readonly source?: unknown; readonly length?: unknown } | null;
}

/**
 * Where a Response keeps what it is made of. To ask for its `body` instead would make a stream of every text, and take the
 * fast way from it. Where Deno is made differently one day the key is not found; nothing is missing then but the cut of streams.
 */
const INNER = Object.getOwnPropertySymbols(new Response("")).find(({ description }) => description === "response");

type Ended = (end: HttpEnd, error?: unknown) => void;

/** Gives a server what Deno does not: a way to break off the bodies that it sends, and news of their end. */
export class BodiesInFlight {
  readonly #bodies = new Set<GuardedBody>();
  readonly #watchers = new Map<Request, Ended>();

  /** How many there are. */
  get size(): number {
    return this.#bodies.size;
  }

  /** Tells what becomes of the response to this request, which comes next. */
  watch(request: Request, ended: Ended): void {
    this.#watchers.set(request, ended);
  }

  /** Makes a response ready to be sent. */
  guard(response: Response, request: Request, info: Deno.ServeHandlerInfo): Response {
    const inner = INNER === undefined ? undefined : (response as unknown as Record<symbol, Inner>)[INNER];
    const body = inner?.body ?? null;
    if (body === null && this.#watchers.size === 0) return response;
    const ended = this.#take(request);
    const stream = body?.streamOrStatic;
    // A text whose stream was only looked at still has its source.
    const isStream = stream instanceof ReadableStream && body?.source === null && body.length === null;
    if (!isStream || stream.locked || request.method === "HEAD") {
      // It is settled when the host has taken all of it, also if the client has left.
      if (ended !== undefined) info.completed.then(() => ended("sent"), () => ended("gone"));
      return response;
    }
    if (ended === undefined && selfEnding.has(stream)) return response;
    const guarded = new GuardedBody(stream, (end, error) => {
      this.#bodies.delete(guarded);
      ended?.(end, error);
    });
    this.#bodies.add(guarded);
    const { status, statusText, headers } = response;
    return new Response(guarded.stream, { status, statusText, headers });
  }

  /** Breaks all of them off. */
  cut(): void {
    for (const body of this.#bodies) body.cut();
  }

  #take(request: Request): Ended | undefined {
    if (this.#watchers.size === 0) return undefined;
    const ended = this.#watchers.get(request);
    this.#watchers.delete(request);
    return ended;
  }
}

/** A stream that passes another one on, as it is asked to. */
class GuardedBody {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ended: Ended;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #over = false;

  constructor(source: ReadableStream<Uint8Array>, ended: Ended) {
    this.#reader = source.getReader();
    this.#ended = ended;
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: (controller) => this.#pull(controller),
      cancel: (reason) => {
        this.#end("gone");
        return this.#reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** Breaks it off: the client sees that it is not complete. */
  cut(): void {
    if (this.#over) return;
    this.#end("gone");
    // Without an error, which the host would print.
    this.#controller?.error(undefined);
    this.#reader.cancel(new DOMException("The server closed.", "AbortError")).catch(() => {});
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      if (this.#over) return;
      if (!done) {
        controller.enqueue(value);
        return;
      }
      this.#end("sent");
      controller.close();
    } catch (error) {
      if (this.#over) return;
      this.#end("failed", error);
      throw error;
    }
  }

  #end(end: HttpEnd, error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(end, error);
  }
}
