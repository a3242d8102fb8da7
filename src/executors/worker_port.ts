/**
 * What a worker loads that is talked to by a port.
 *
 * @module
 */
import { builtin } from "../adapters/shared/builtin.ts";
import { catchErrors } from "./uncaught.ts";
import { WorkerCalls } from "./worker_calls.ts";

/** The part of the worker's own port that is used. */
interface Parent {
  once(event: "message", listener: (message: { readonly port: MessagePort }) => void): void;
}

builtin<{ readonly parentPort: Parent }>("node:worker_threads").parentPort.once("message", ({ port }) => {
  const calls = new WorkerCalls((message, transfer) => {
    if (transfer.length === 0) port.postMessage(message);
    else port.postMessage(message, [...transfer]);
  });
  catchErrors((error) => calls.uncaught(error));
  port.onmessage = (event) => calls.receive(event.data);
});
