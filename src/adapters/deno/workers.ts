/**
 * Threads on Deno.
 *
 * They are made by `node:worker_threads` and not by `Worker`: both are the same thread, and only the former can be left to itself when the
 * process ends, and tells when a worker has gone by `Deno.exit()`. Neither can be stopped in a loop without end: quirk `spinning-worker`.
 *
 * @module
 */
import "../../loop/one_part.ts";
import { OSError } from "../../core/errors.ts";
import { startThread } from "../node/workers.ts";
import type { HostWorker, WorkerEvents, WorkersAdapter } from "../workers.ts";

/** The threads of Deno. */
export const denoWorkers: WorkersAdapter = {
  start(url: URL, name: string, events: WorkerEvents): HostWorker {
    if (url.protocol === "file:") checkReadable(url);
    // To copy the environment, Deno would ask for the permission to read it.
    return startThread(url.protocol === "file:" ? url : bridge(url), name, events, true);
  },
};

/** Only a file or a `data:` URL can be a worker there; the module that JSR serves is neither, but can be imported. */
function bridge(url: URL): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(url.href)};`)}`);
}

/** If it is denied, the worker would end with an error that nobody can catch, and that Deno writes out by itself. */
function checkReadable(url: URL): void {
  const status = Deno.permissions.querySync({ name: "read", path: url });
  if (status.state === "granted") return;
  throw new OSError(
    `Cannot start a worker: Deno may not read ${url.href}. Run it with --allow-read.`,
    { code: "EACCES", cause: status },
  );
}
