/**
 * Signals by their names.
 *
 * @module
 */

/** The signals of all systems. A host that takes listeners for events of any name would wait for a misspelt one in silence. */
export const SIGNALS: ReadonlySet<string> = new Set(
  ("HUP INT QUIT ILL TRAP ABRT BUS EMT FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP BREAK TTIN " +
    "TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR INFO SYS").split(" ").map((name) => `SIG${name}`),
);

/** What to say to somebody whose name for a signal is none. */
export function suggestSignal(name: string): string {
  const meant = `SIG${name.toUpperCase().replace(/^SIG/, "")}`;
  return SIGNALS.has(meant) ? `Its name is "${meant}".` : 'Names are such as "SIGTERM".';
}
