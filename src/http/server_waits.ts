/**
 * The waits for the end of a server.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { HttpServer } from "./server.ts";

/** `server.waitClosed()`. */
export const waitClosed: (server: HttpServer) => LazyAwaitable<void> = coroutine(
  function* waitClosed(server: HttpServer): Coroutine<void> {
    // A future for each who waits: one that is cancelled must not end the wait of the others.
    const closed: Future<void> = server._loop.createFuture<void>();
    const forget = server._whenClosed(() => closed.setResult());
    try {
      yield* closed;
    } finally {
      forget();
    }
  },
);

/** `server.serveForever()`. */
export const serveForever: (server: HttpServer) => LazyAwaitable<void> = coroutine(
  function* serveForever(server: HttpServer): Coroutine<void> {
    server._enterForever();
    try {
      yield* waitClosed(server);
    } catch (error) {
      server.close();
      yield* waitClosed(server);
      throw error;
    } finally {
      server._leaveForever();
    }
  },
);
