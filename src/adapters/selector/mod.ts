/**
 * Sockets by epoll, through the runtime's foreign function interface: for Linux, on Bun and on Deno with `--allow-ffi`. Importing it asks for
 * nothing.
 *
 * @example Serve on it
 * ```ts
 * import { run, startServer } from "@loop/asyncio";
 * import { selectorAdapter } from "@loop/asyncio/selector";
 *
 * await run(function* () {
 *   const server = yield* startServer(function* (_reader, writer) {
 *     writer.close();
 *   }, "127.0.0.1", 0);
 *   server.close();
 * }, { adapter: selectorAdapter() });
 * ```
 *
 * @module
 */

export { selectorAdapter } from "./adapter.ts";
export { Socket, type SocketOption, type SocketOptions } from "./socket.ts";
export { type ListenFd, listenFds } from "./listen_fds.ts";
