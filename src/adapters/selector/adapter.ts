/**
 * The adapter of the runtime, with sockets of our own.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import type { Adapter } from "../adapter.ts";
import { defaultAdapter } from "../default_adapter.ts";
import { selectorDescriptors } from "./descriptors.ts";
import { selectorNet } from "./net.ts";

let adapter: Adapter | null = null;

/**
 * Returns an adapter whose sockets are watched by epoll, as those of CPython's loop are; everything else, TLS and datagrams included, is the
 * runtime's. It works on Linux (x86-64 and arm64), on Bun and on Deno with `--allow-ffi`. Nothing is opened before the first socket, and
 * what was opened is closed with the loop. A worker that is terminated cannot close anything: its sockets stay open until the program ends, so let its
 * loop end first.
 *
 * Deno asks for the network as ever: `--allow-net` is needed too. With `ASYNCIO_SELECTOR=epoll` in the environment every loop that is made without an
 * adapter has these sockets, where the variable may be read; what watches descriptors needs this adapter.
 *
 * @returns the same adapter at every call
 * @throws {NotSupportedError} if the runtime has no sockets. That it cannot call the C library, or may not, is told by the first socket
 *
 * @example An echo by epoll
 * ```ts
 * import { openConnection, run, startServer } from "@loop/asyncio";
 * import { selectorAdapter } from "@loop/asyncio/selector";
 * import { assertEquals } from "@std/assert";
 *
 * await run(function* () {
 *   const server = yield* startServer(function* (reader, writer) {
 *     writer.write(yield* reader.readline());
 *     writer.close();
 *   }, "127.0.0.1", 0);
 *   const [reader, writer] = yield* openConnection("127.0.0.1", server.port);
 *   writer.write(new TextEncoder().encode("hello\n"));
 *   assertEquals(new TextDecoder().decode(yield* reader.readline()), "hello\n");
 *   writer.close();
 *   server.close();
 * }, { adapter: selectorAdapter() });
 * ```
 *
 * @category Running
 */
export function selectorAdapter(): Adapter {
  if (adapter !== null) return adapter;
  const host = defaultAdapter();
  const { net } = host;
  if (net === undefined) {
    throw new NotSupportedError(
      `Cannot make the selector on "${host.name}": it has no sockets. Run the program on Deno or Bun, on Linux.`,
    );
  }
  return adapter = {
    ...host,
    name: "selector",
    descriptors: selectorDescriptors,
    net: async () => selectorNet(await net()),
  };
}
