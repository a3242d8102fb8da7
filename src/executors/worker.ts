/**
 * What makes a thread a worker of a {@linkcode WorkerPool}. Only a program that is bundled needs to import it: in the file that it ships for its
 * threads, with the functions that they call, and names by the `worker` option of the pool. Anywhere else, importing it does nothing.
 *
 * @example The file that a bundled program ships for its threads
 * ```ts ignore
 * // worker.ts, bundled to a file beside main.js: esbuild main.ts worker.ts --bundle --format=esm --platform=node --outdir=dist
 * import "@loop/asyncio/worker";
 *
 * export { hash } from "./hash.ts";
 *
 * // main.ts
 * // const worker = new URL("./worker.js", import.meta.url);
 * // const pool = new WorkerPool({ worker });
 * // const { hash } = pool.remoteModule<typeof import("./worker.ts")>(worker);
 * ```
 *
 * @module
 */
import { catchErrors, portOfWorker } from "../adapters/shared/thread_port.ts";
import { READY } from "./messages.ts";
import { WorkerCalls } from "./worker_calls.ts";

const port = portOfWorker();
if (port !== null) {
  const calls = new WorkerCalls((message, transfer) => port.post(message, transfer));
  catchErrors((error) => calls.uncaught(error));
  port.listen(calls.receive, () => calls.uncaught(new TypeError("A message could not be deserialized.")));
  port.post([READY], []);
}
