/**
 * Errors of a worker that nobody catches.
 *
 * @module
 */

interface HostProcess {
  on(event: string, listener: (error: unknown) => void): void;
}

interface Scope {
  readonly Deno?: unknown;
  readonly process: HostProcess;
  addEventListener?(type: string, listener: (event: UncaughtEvent) => void): void;
}

interface UncaughtEvent {
  readonly error?: unknown;
  readonly reason?: unknown;
  preventDefault(): void;
}

/** Takes what nobody has caught in this thread, which would end it, and on Deno the process as well. May tell of one twice. */
export function catchErrors(caught: (error: unknown) => void): void {
  const scope = globalThis as unknown as Scope;
  if (scope.Deno === undefined) {
    scope.process.on("uncaughtException", caught);
    scope.process.on("unhandledRejection", caught);
  }
  // Bun has both, but in `bun test` only these. A worker of Node has no such events.
  scope.addEventListener?.("error", (event) => {
    event.preventDefault();
    caught(event.error);
  });
  scope.addEventListener?.("unhandledrejection", (event) => {
    event.preventDefault();
    caught(event.reason);
  });
}
