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

/** Calls back whenever the process gets the signal. */
export function addSignalListener(signal: string, listener: () => void): void {
  hostProcess().on(signal, listener);
}

/** Removes what {@linkcode addSignalListener} added. */
export function removeSignalListener(signal: string, listener: () => void): void {
  hostProcess().removeListener(signal, listener);
}

/** Sets the code that the process will exit with, if nothing else decides. */
export function setExitCode(code: number): void {
  hostProcess().exitCode = code;
}

/** Ends the process at once. */
export function exit(code: number): void {
  hostProcess().exit(code);
}
