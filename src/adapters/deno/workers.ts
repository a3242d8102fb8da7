/**
 * Threads on Deno.
 *
 * They are made by `node:worker_threads` and not by `Worker`: both are the same thread, and only the former can be left to itself when the
 * process ends, and tells when a worker has gone by `Deno.exit()`. Messages go by a port of their own: those of `node:worker_threads` are
 * walked through in JavaScript there, which for 64 KiB of bytes takes thirty times as long, and an undefined becomes null on the way.
 *
 * @module
 */
import { OSError } from "../../core/errors.ts";
import { startThread } from "../node/workers.ts";
import { builtin } from "../shared/builtin.ts";
import type { HostWorker, WorkerEvents, WorkersAdapter } from "../workers.ts";

/** Deno's ports can be left to themselves, which its types do not tell. */
interface Port extends MessagePort {
  ref(): void;
  unref(): void;
}

/** The threads of Deno. */
export const denoWorkers: WorkersAdapter = {
  kind: "port",
  start(url: URL, name: string, events: WorkerEvents): HostWorker {
    if (url.protocol === "file:") checkReadable(url);
    // Without Node's layer a port cannot be left to itself: unref() does nothing for one that was made before.
    builtin("node:worker_threads");
    const channel = new MessageChannel();
    const port = channel.port1 as Port;
    const silent: WorkerEvents = {
      message: () => {},
      messageError: () => {},
      ended(code, error): void {
        port.close();
        events.ended(code, error);
      },
    };
    // To copy the environment, Deno would ask for the permission to read it.
    const thread = startThread(url.protocol === "file:" ? url : bridge(url), name, silent, true);
    thread.post({ port: channel.port2 }, [channel.port2]);
    port.onmessage = (event) => events.message(event.data);
    port.onmessageerror = () => events.messageError();
    port.unref();
    return {
      post(message, transfer): void {
        if (transfer.length === 0) port.postMessage(message);
        else port.postMessage(message, [...transfer]);
      },
      ref: () => port.ref(),
      unref: () => port.unref(),
      terminate: () => thread.terminate(),
    };
  },
};

/** Only a file or a `data:` URL can be a worker there; the module that JSR serves is neither, but can be imported. */
function bridge(url: URL): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(`import ${JSON.stringify(url.href)};`)}`);
}

/** Denied, the worker would end with an error that nobody is told, and that Deno writes out by itself. */
function checkReadable(url: URL): void {
  const status = Deno.permissions.querySync({ name: "read", path: url });
  if (status.state === "granted") return;
  throw new OSError(
    `Cannot start a worker: Deno may not read ${url.href}. Run it with --allow-read.`,
    { code: "EACCES", cause: status },
  );
}
