/**
 * What a Web Worker loads.
 *
 * @module
 */
import { WorkerCalls } from "./worker_calls.ts";
import { catchErrors } from "./uncaught.ts";

/** The part of the worker's scope that is used. */
interface Scope {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
const calls = new WorkerCalls((message, transfer) => {
  if (transfer.length === 0) scope.postMessage(message);
  else scope.postMessage(message, transfer);
});
catchErrors((error) => calls.uncaught(error));
scope.onmessage = (event) => calls.receive(event.data);
