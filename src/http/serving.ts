/**
 * What runs a server. It is loaded by the first `serve()`, for that has to load what the runtime does with HTTP anyway: a program begins with no
 * more than the options.
 *
 * @module
 */
import type { HttpListener } from "../adapters/adapter.ts";
import { addHttp } from "../adapters/default_http.ts";
import { runUnmarked } from "../core/current_code.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { Coroutine } from "../core/suspend.ts";
import { Area } from "../loop/area.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import "../loop/one_part.ts";
import { answerUnsent } from "./fallback_responses.ts";
import { handleRequest, type ServeHandler } from "./handle_request.ts";
import { RunningServer } from "./running_server.ts";
import type { Settings } from "./serve_options.ts";
import type { HttpServer } from "./server.ts";

/** What few servers ask for. */
const rareOptions = /* @__PURE__ */ new Area(() => import("./rare_options.ts"));

/** Nobody wants it: it cuts its connections, and listens no more. */
function drop(listener: HttpListener): void {
  listener.abort();
  listener.close().catch(() => {});
}

/** Listens on a loop whose adapter has HTTP, and answers by a handler. */
export function* listen(loop: HostLoop, handler: ServeHandler, settings: Settings): Coroutine<HttpServer> {
  addHttp();
  const { adapter } = loop;
  const { port, hostname, path, tls, reusePort, headTimeout, keepAliveTimeout, maxConnections, onListen } = settings;
  const server = new RunningServer(loop, handler, settings);
  const rare = tls === undefined && path === undefined ? null : yield* rareOptions.load();
  const identity = tls === undefined ? undefined : rare?.toIdentity(tls);
  const file = path === undefined || rare === null ? null : yield* fromPromise(rare.openSocketFile(path, adapter));
  const listening = (adapter.serveHttp as NonNullable<typeof adapter.serveHttp>)({
    ...{ port, hostname, path, bindTo: file?.bindTo, tls: identity, reusePort },
    // To the host nothing stands for no limit.
    ...{ headTimeout: headTimeout ?? undefined, keepAliveTimeout: keepAliveTimeout ?? undefined },
    maxConnections: maxConnections ?? undefined,
    // The host may call inside of the code of another loop. That is no matter unless debug mode looks at where the task is made.
    handler: (request, info, answers) =>
      loop.getDebug()
        ? runUnmarked(null, () => handleRequest(server, request, info, answers))
        : handleRequest(server, request, info, answers),
    failed: (error, request) => answerUnsent(server, error, request),
    acceptFailed: (exception) =>
      loop.callExceptionHandler({ message: `${server} could not accept a connection`, exception }),
  });
  // In the first microtask, for a request may come before the loop's next turn.
  const known = listening.then((listener) => {
    try {
      file?.settle();
    } catch (error) {
      drop(listener);
      throw error;
    }
    return server.listener = listener;
  });
  const onLate = (listener: HttpListener): void => {
    file?.remove();
    drop(listener);
  };
  yield* fromPromise(known, { onLate });
  server.listens(file?.remove ?? null);
  try {
    onListen?.(server);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}
