/**
 * What the global `process` reports of a host that has nothing to do.
 *
 * @module
 */

interface HostProcess {
  on(event: string, listener: () => void): void;
  removeListener(event: string, listener: () => void): void;
  eventNames(): (string | symbol)[];
  listenerCount(event: string): number;
  getActiveResourcesInfo(): string[];
}

function hostProcess(): HostProcess {
  return (globalThis as unknown as { readonly process: HostProcess }).process;
}

/** Calls back before the process ends since nothing is left. Whoever hears of it there goes on, for a timer is made. */
export function beforeExit(callback: () => void): () => void {
  const process = hostProcess();
  process.on("beforeExit", callback);
  return () => process.removeListener("beforeExit", callback);
}

/** Whether others listen to signals. All loops have one listener of the host for each signal. */
export function othersHearSignals(ownSignals: ReadonlySet<string>): boolean {
  const process = hostProcess();
  return process.eventNames().some((event) =>
    typeof event === "string" && /^SIG[A-Z]/.test(event) &&
    process.listenerCount(event) > (ownSignals.has(event) ? 1 : 0)
  );
}

/** What keeps the process alive, as far as the runtime tells: timers, and sockets of Node's modules. */
export function activeResources(): number {
  return hostProcess().getActiveResourcesInfo().length;
}
