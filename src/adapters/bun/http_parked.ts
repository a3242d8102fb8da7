/**
 * The requests of a server whose handler has not answered yet.
 *
 * @module
 */

import type { HttpAnswer, HttpAnswers, HttpInfo } from "../adapter.ts";
import type { Responses } from "./http_bodies.ts";
import { streamOf } from "./http_body.ts";
import type { Busy, IdleLimit } from "./http_idle.ts";

/** Gives the host the promises of its answers, and makes them ready to be sent. */
export class ParkedRequests implements HttpAnswers {
  readonly #idle: IdleLimit;
  readonly #responses: Responses;
  #newest: ParkedRequest | null = null;

  constructor(idle: IdleLimit, responses: Responses) {
    this.#idle = idle;
    this.#responses = responses;
  }

  later(request: Request, _info: HttpInfo): HttpAnswer {
    return this.#newest = new ParkedRequest(this, request);
  }

  /**
   * Returns the promise for Bun in place of the handler's, which may be the one that it got by `later()`. Given the request that Bun knows,
   * which need not be that of the handler.
   */
  park(promise: Promise<Response>, request: Request): Promise<Response> {
    let parked = this.#newest;
    this.#newest = null;
    if (parked === null || parked.promise !== promise) {
      const own = parked = new ParkedRequest(this, request);
      promise.then((response) => own.give(response), own.reject);
    }
    parked.request = request;
    this.#idle.begin(parked);
    return parked.promise;
  }

  /** There is an answer. */
  answer(parked: ParkedRequest, response: Response): void {
    this.#idle.end(parked);
    const { request } = parked;
    const stream = streamOf(response);
    // Most go to Bun as they are, with no microtask between. What reads a body runs code of the program, and not in the middle of a step.
    if (stream === null) parked.resolve(this.#responses.sendWhole(response, request));
    else {
      queueMicrotask(() => {
        try {
          parked.resolve(this.#responses.sendStream(stream, response, request));
        } catch (error) {
          parked.reject(error);
        }
      });
    }
  }
}

/** One of them. */
class ParkedRequest implements HttpAnswer, Busy {
  before: Busy | null = null;
  after: Busy | null = null;
  isLifted = false;
  resolve!: (response: Response | Promise<Response>) => void;
  reject!: (error: unknown) => void;
  readonly promise: Promise<Response> = new Promise((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
  /** The one that Bun knows, once the handler has returned. */
  request: Request;
  readonly #owner: ParkedRequests;

  constructor(owner: ParkedRequests, request: Request) {
    this.#owner = owner;
    this.request = request;
  }

  give(response: Response): void {
    this.#owner.answer(this, response);
  }
}
