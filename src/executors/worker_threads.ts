/**
 * What a worker of `node:worker_threads` loads.
 *
 * @module
 */
import { builtin } from "../adapters/shared/builtin.ts";
import { WorkerCalls } from "./worker_calls.ts";
import { catchErrors } from "./uncaught.ts";

/** The part of the port that is used. */
interface Port {
  on(event: "message", listener: (message: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
}

const { parentPort: port } = builtin<{ readonly parentPort: Port }>("node:worker_threads");
const calls = new WorkerCalls((message, transfer) => {
  if (transfer.length === 0) port.postMessage(message);
  else port.postMessage(message, transfer);
});
catchErrors((error) => calls.uncaught(error));
port.on("message", calls.receive);
