/**
 * The host and the URL of requests on Deno, which makes the one of the other and looks at neither.
 *
 * @module
 */

import type { HttpAddress } from "../adapter.ts";
import { isHost, ownHost } from "../shared/host_header.ts";

/** What is known here of the inside of Deno's Request. */
interface Inner {
  header?(name: string): string | null;
  url?(): string;
}

/**
 * Where a Request keeps what it is made of. One header is had there for less than the object of all of them, which few handlers ask
 * for. Where Deno is made differently one day the key is not found, and all of them are asked for.
 */
const INNER = Object.getOwnPropertySymbols(new Request("http://localhost/"))
  .find(({ description }) => description === "request");

/** The name that Deno takes for a request without a host, whatever the server listens on. */
const NAMELESS = "localhost";

/**
 * Returns whether the host of a request makes a URL; a request without one gets the URL of where the server listens. Deno itself refuses two
 * of them, and does not tell HTTP/1.1, which has to name one, from HTTP/1.0 and HTTP/2, which need not. Calls back for one of those.
 */
export function hasHost(
  request: Request,
  addr: HttpAddress,
  isSecure: boolean,
  noHeader: (request: Request) => void,
): boolean {
  const inner = INNER === undefined ? undefined : (request as unknown as Record<symbol, Inner>)[INNER];
  const host = inner?.header === undefined ? request.headers.get("host") : inner.header("host");
  if (host === null) noHeader(request);
  else if (host !== "") {
    if (!isHost(host) || !makesUrl(request.url, host, isSecure)) return false;
    if (addr.transport === "unix") setHost(request, inner, host, isSecure);
    return true;
  }
  if (addr.transport === "unix") return setHost(request, inner, ownHost(addr), isSecure);
  // HTTP/2 has the host in the URL.
  const [, , authority = ""] = request.url.split("/", 3);
  // Over TLS most have HTTP/2, and one that comes to localhost says so.
  if (authority !== `${NAMELESS}:${addr.port}` || isSecure) return isHost(authority);
  return setHost(request, inner, ownHost(addr), isSecure);
}

/** Whether the URL of a request is one: a target that is a whole URL, as proxies get it, stands in the place of the host. */
function makesUrl(url: string, host: string, isSecure: boolean): boolean {
  const start = isSecure ? "https://".length : "http://".length;
  return (url.startsWith(host, start) && url[start + host.length] === "/") || URL.canParse(url);
}

/** Puts another host into the URL, for whoever asks the request for it, its clones as well. */
function setHost(request: Request, inner: Inner | undefined, host: string, isSecure: boolean): true {
  const { url } = request;
  const path = url.slice(url.indexOf("/", url.indexOf("//") + 2));
  const changed = `http${isSecure ? "s" : ""}://${host}${path}`;
  if (inner?.url !== undefined) inner.url = () => changed;
  Object.defineProperty(request, "url", { value: changed });
  return true;
}
