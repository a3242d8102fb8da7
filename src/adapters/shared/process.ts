/**
 * Signals and the exit code where the host has a global `process`.
 *
 * @module
 */

interface HostProcess {
  exitCode?: unknown;
  exit(code: number): void;
  on(event: string, listener: () => void): void;
  removeListener(event: string, listener: () => void): void;
}

// Read at each use: importing the adapter must not make a host set its process up.
function hostProcess(): HostProcess {
  return (globalThis as unknown as { readonly process: HostProcess }).process;
}

/** Who hears of one signal. */
interface Heard {
  readonly listeners: Set<() => void>;
  /** What the host calls. */
  readonly tell: () => void;
}

/** One listener of the host for each signal: it warns of a leak when there are more than ten, as of that many loops side by side. */
const heard = new Map<string, Heard>();

/** Calls back whenever the process gets the signal. */
export function addSignalListener(signal: string, listener: () => void): void {
  const known = heard.get(signal);
  if (known !== undefined) {
    known.listeners.add(listener);
    return;
  }
  const listeners = new Set([listener]);
  const tell = (): void => {
    // A copy, as the host's own: one that is added meanwhile hears of the next.
    for (const listener of [...listeners]) listener();
  };
  hostProcess().on(signal, tell);
  heard.set(signal, { listeners, tell });
}

/** Removes what {@linkcode addSignalListener} added. */
export function removeSignalListener(signal: string, listener: () => void): void {
  const known = heard.get(signal);
  if (!known?.listeners.delete(listener) || known.listeners.size > 0) return;
  heard.delete(signal);
  hostProcess().removeListener(signal, known.tell);
}

/** Sets the code that the process will exit with, if nothing else decides. */
export function setExitCode(code: number): void {
  hostProcess().exitCode = code;
}

/** Ends the process at once. */
export function exit(code: number): void {
  hostProcess().exit(code);
}
