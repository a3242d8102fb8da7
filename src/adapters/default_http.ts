/**
 * HTTP on each runtime, for what serves it.
 *
 * @module
 */
import { httpHosts } from "./shared/process.ts";

/** From now on the adapters of the runtimes can serve HTTP. */
export function addHttp(): void {
  Object.assign(httpHosts, {
    bun: () => import("./bun/http.ts"),
    deno: () => import("./deno/http.ts"),
    node: () => import("./node/http.ts"),
  });
}
