/**
 * The host and the URL of requests on Bun, which makes the one of the other where it likes the host.
 *
 * @module
 */

import type { HttpAddress } from "../adapter.ts";
import { isHost, ownHost } from "../shared/host_header.ts";

/** Looks at the hosts of a server's requests. */
export class Hosts {
  readonly #base: string;
  /** The requests of Bun behind those that were made in their place. Made with the first one. */
  #originals: WeakMap<Request, Request> | null = null;

  constructor(addr: HttpAddress, isSecure: boolean) {
    this.#base = `http${isSecure ? "s" : ""}://${ownHost(addr)}`;
  }

  /**
   * The request for the handler; null if its host makes no URL, or it asks for no URL. One without a host (quirk `nameless-request`) is HTTP/1.0,
   * for Bun itself refuses others, and gets the URL of where the server listens. For quirk `target-host` nothing can be done.
   */
  accept(request: Request): Request | null {
    const host = request.headers.get("host");
    if (host === null || host === "") return this.#named(request);
    return isHost(host) && request.method !== "CONNECT" ? request : null;
  }

  /** The request that Bun knows. */
  original(request: Request): Request {
    return this.#originals?.get(request) ?? request;
  }

  #named(request: Request): Request | null {
    const { url } = request;
    if (!url.startsWith("/")) return null;
    const named = new Request(`${this.#base}${url}`, request);
    (this.#originals ??= new WeakMap()).set(named, request);
    return named;
  }
}
