/**
 * The requests of a server whose handler has not answered yet.
 *
 * @module
 */

import { LinkedList } from "../../core/lists.ts";
import type { HttpLane } from "./http_source.ts";

/** Makes an answer ready to be sent. */
export type Ready = (
  response: Response,
  request: Request,
  info: Deno.ServeHandlerInfo,
  lane: HttpLane,
) => Response | Promise<Response>;

/** Stands between the promises of handlers and the host, so that it can be answered in their place. */
export class ParkedRequests {
  readonly #settlers = new LinkedList<(response: Response) => void>();
  readonly #ready: Ready;

  /** Takes what makes an answer ready. */
  constructor(ready: Ready) {
    this.#ready = ready;
  }

  /** How many there are. */
  get size(): number {
    return this.#settlers.size;
  }

  /** Returns the response of the handler's promise, made ready to be sent, unless it is cut before. */
  park(
    response: Promise<Response>,
    request: Request,
    info: Deno.ServeHandlerInfo,
    lane: HttpLane,
  ): Promise<Response> {
    return new Promise((resolve) => {
      const place = this.#settlers.add((response) => resolve(this.#ready(response, request, info, lane)));
      response.then((response) => {
        // What comes too late is sent nowhere.
        if (this.#settlers.remove(place)) place.item(response);
      });
    });
  }

  /** Answers all of them in the place of their handlers. */
  cut(): void {
    for (let place = this.#settlers.first(); place !== null; place = this.#settlers.first()) {
      this.#settlers.remove(place);
      place.item(unavailable());
    }
  }
}

/** The answer in place of a handler's, when the server closes. */
export function unavailable(): Response {
  return new Response("Service Unavailable", { status: 503, headers: { connection: "close" } });
}
