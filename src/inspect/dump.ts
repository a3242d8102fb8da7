/**
 * The tree of the tasks at a signal.
 *
 * @module
 */
import { systemSignals } from "../adapters/shared/process.ts";
import { describeKind } from "../core/repr.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { SIGNALS, suggestSignal } from "../loop/signals.ts";
import { formatTree } from "./format_tasks.ts";
import { loopSnapshot } from "./take_snapshot.ts";

/** These signals are not for describing a program. */
const REFUSED: Readonly<Record<string, string>> = {
  SIGKILL: "no process can catch it",
  SIGSTOP: "no process can catch it",
  SIGSEGV: "it is for a fault of the running code",
  SIGBUS: "it is for a fault of the running code",
  SIGFPE: "it is for a fault of the running code",
  SIGILL: "it is for a fault of the running code",
  SIGINT: "it asks the program to end",
  SIGTERM: "it asks the program to end",
  SIGHUP: "it asks the program to end",
  SIGCHLD: "the runtime needs it for processes",
};

/** Runtimes that open the inspector of V8 at SIGUSR1. */
const OPEN_THEIR_INSPECTOR = ["node", "deno"];

/** What a system may have for it, the best first; of the second the key is Ctrl-Break. */
const ADVISED = ["SIGUSR2", "SIGBREAK"];

/**
 * Writes the tree of the tasks whenever the process gets the signal.
 *
 * @returns a function that ends it
 * @throws {TypeError} if the signal is not a name
 * @throws {RangeError} if it is unknown, this system does not have it, or it is there for something else
 * @throws {NotSupportedError} if no signals come here: in a worker, or with an adapter that has none
 */
export function dumpOn(loop: HostLoop, signal: unknown, known: () => readonly string[] = systemSignals): () => void {
  const { adapter } = loop;
  if (typeof signal !== "string") {
    throw new TypeError(
      `Cannot dump the tasks on ${describeKind(signal)}: give the name of a signal, such as "${advised(known)}".`,
    );
  }
  if (!SIGNALS.has(signal)) {
    throw new RangeError(`Cannot dump the tasks on ${JSON.stringify(signal)}: it is unknown. ${suggestSignal(signal)}`);
  }
  const reason = Object.hasOwn(REFUSED, signal) ? REFUSED[signal] : undefined;
  if (reason !== undefined) {
    throw new RangeError(`Cannot dump the tasks on ${signal}: ${reason}. Take ${advised(known)}.`);
  }
  if (signal === "SIGUSR1" && OPEN_THEIR_INSPECTOR.includes(adapter.name)) {
    throw new RangeError(
      `Cannot dump the tasks on SIGUSR1: on "${adapter.name}" it opens the inspector of V8, by which the program of ./inspect shows them. ` +
        `Take ${advised(known)}.`,
    );
  }
  if (adapter.addSignalListener === undefined) {
    throw new NotSupportedError(
      `Cannot dump the tasks on ${signal}: the adapter "${adapter.name}" has no signals here. They come to the main thread of a process. ` +
        "Call inspect(), and look at the tasks from outside.",
    );
  }
  const dump = (): void => console.error(describeLoop(loop));
  try {
    adapter.addSignalListener(signal, dump);
  } catch (cause) {
    if (cause instanceof NotSupportedError) throw cause;
    throw new RangeError(
      `Cannot dump the tasks on ${signal}: this system has no such signal. Take ${advised(known)}.`,
      { cause },
    );
  }
  return () => adapter.removeSignalListener?.(signal, dump);
}

/** Adapters without signals come here as well, of hosts that need not know what a signal is. */
function advised(known: () => readonly string[]): string {
  try {
    const names = known();
    return ADVISED.find((name) => names.includes(name)) ?? ADVISED[0]!;
  } catch {
    return ADVISED[0]!;
  }
}

/** Writes the tree of the tasks; `why` says what for. */
export function writeTasks(loop: HostLoop, why: string): void {
  console.error(`${why}: ${describeLoop(loop)}`);
}

/** What is written: the loop with the time, and the tree. */
function describeLoop(loop: HostLoop): string {
  const { tasks } = loopSnapshot(loop);
  const count = `${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}`;
  return [`${count} of ${loop} at ${new Date().toISOString()}`, formatTree(tasks)].join("\n").trimEnd();
}
