/**
 * Tells signals from what is none.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";

/** The signals of all systems. A host that takes listeners for events of any name would wait for a misspelt one in silence. */
export const SIGNALS: ReadonlySet<string> = new Set(
  ("HUP INT QUIT ILL TRAP ABRT BUS EMT FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP BREAK TTIN " +
    "TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR INFO SYS").split(" ").map((name) => `SIG${name}`),
);

/** The highest number that a system has for a signal. */
const HIGHEST = 64;

/** Refuses what cannot be sent to a process. */
export function checkSignal(signal: unknown): asserts signal is string | number {
  if (typeof signal === "number") {
    if (Number.isInteger(signal) && signal > 0 && signal <= HIGHEST) return;
    throw new RangeError(`Cannot send signal ${signal}: the numbers of signals are 1 to ${HIGHEST}.`);
  }
  if (typeof signal !== "string") {
    throw new TypeError(
      `Cannot send ${describeKind(signal)} as a signal: give its name, such as "SIGTERM", or its number.`,
    );
  }
  if (SIGNALS.has(signal)) return;
  const named = `SIG${signal.toUpperCase().replace(/^SIG/, "")}`;
  const advice = SIGNALS.has(named) ? ` Its name is "${named}".` : ' Names are such as "SIGTERM".';
  throw new RangeError(`Cannot send ${JSON.stringify(signal)}: there is no such signal.${advice}`);
}
