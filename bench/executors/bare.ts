/**
 * A bare worker that sends back what it is sent: one of the web, or of `node:worker_threads` on Node.
 */
import { parentPort } from "node:worker_threads";

interface Scope {
  onmessage: (event: { readonly data: unknown }) => void;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as Scope;
if ("postMessage" in globalThis) scope.onmessage = (event) => scope.postMessage(event.data);
else parentPort!.on("message", (value) => parentPort!.postMessage(value));
