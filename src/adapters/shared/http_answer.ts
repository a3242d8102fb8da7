/**
 * An answer that comes later, on a host that makes none.
 *
 * @module
 */
import type { HttpAnswer } from "../adapter.ts";

/** Its promise resolves to the response as it is. */
export class PlainAnswer implements HttpAnswer {
  #resolve!: (response: Response) => void;
  readonly promise: Promise<Response> = new Promise((resolve) => this.#resolve = resolve);

  give(response: Response): void {
    this.#resolve(response);
  }
}
