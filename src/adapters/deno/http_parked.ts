/**
 * The requests of a server whose handler has not answered yet.
 *
 * @module
 */

import { type ListNode, NodeList } from "../../core/lists.ts";
import type { HttpAnswer, HttpAnswers, HttpInfo } from "../adapter.ts";
import { isLeftToDeno } from "./http_body.ts";
import type { HttpLane } from "./http_source.ts";

/** Makes an answer ready to be sent. */
export type Ready = (
  response: Response,
  request: Request,
  info: Deno.ServeHandlerInfo,
  lane: HttpLane,
) => Response | Promise<Response>;

/** Gives the host the promises of its answers, so that it can be answered in the place of handlers. */
export class ParkedRequests implements HttpAnswers {
  readonly #waiting = new NodeList<ParkedRequest>();
  readonly #ready: Ready;

  /** Takes what makes an answer ready. */
  constructor(ready: Ready) {
    this.#ready = ready;
  }

  /** How many there are. */
  get size(): number {
    return this.#waiting.size;
  }

  later(request: Request, info: HttpInfo): HttpAnswer {
    const parked = new ParkedRequest(this, request, info as Deno.ServeHandlerInfo);
    this.#waiting.push(parked);
    return parked;
  }

  /** Returns the promise for Deno in place of the handler's, which may be the one that it got by `later()`. */
  park(
    promise: Promise<Response>,
    request: Request,
    info: Deno.ServeHandlerInfo,
    lane: HttpLane,
  ): Promise<Response> {
    let parked = this.#waiting.last();
    if (parked === null || parked.promise !== promise) {
      const own = parked = new ParkedRequest(this, request, info);
      this.#waiting.push(own);
      promise.then((response) => own.give(response));
    }
    parked.lane = lane;
    return parked.promise;
  }

  /** There is an answer. What comes too late is sent nowhere. */
  answer(parked: ParkedRequest, response: Response): void {
    if (!this.#waiting.remove(parked)) return;
    // Deno is left to most of them, and is given them with no microtask between. What reads a body runs code of the program, and not in the
    // middle of a step.
    if (parked.request.method === "GET" && isLeftToDeno(response)) this.#send(parked, response);
    else queueMicrotask(() => this.#send(parked, response));
  }

  /** Answers all of them in the place of their handlers. */
  cut(): void {
    for (let parked = this.#waiting.first(); parked !== null; parked = this.#waiting.first()) {
      this.#waiting.remove(parked);
      this.#send(parked, unavailable());
    }
  }

  #send(parked: ParkedRequest, response: Response): void {
    try {
      parked.resolve(this.#ready(response, parked.request, parked.info, parked.lane as HttpLane));
    } catch (error) {
      parked.reject(error);
    }
  }
}

/** One of them. */
class ParkedRequest implements HttpAnswer, ListNode<ParkedRequest> {
  before: ParkedRequest | null = null;
  after: ParkedRequest | null = null;
  resolve!: (response: Response | Promise<Response>) => void;
  reject!: (error: unknown) => void;
  readonly promise: Promise<Response> = new Promise((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
  readonly request: Request;
  readonly info: Deno.ServeHandlerInfo;
  /** Null until the handler has returned. */
  lane: HttpLane | null = null;
  readonly #owner: ParkedRequests;

  constructor(owner: ParkedRequests, request: Request, info: Deno.ServeHandlerInfo) {
    this.#owner = owner;
    this.request = request;
    this.info = info;
  }

  give(response: Response): void {
    this.#owner.answer(this, response);
  }
}

/** The answer in place of a handler's, when the server closes. */
export function unavailable(): Response {
  return new Response("Service Unavailable", { status: 503, headers: { connection: "close" } });
}
