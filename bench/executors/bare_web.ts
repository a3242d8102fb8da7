/**
 * A bare Web Worker that gives back what it is sent.
 *
 * @module
 */
interface Scope {
  onmessage: (event: { readonly data: unknown }) => void;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as Scope;
scope.onmessage = (event) => scope.postMessage(event.data);
