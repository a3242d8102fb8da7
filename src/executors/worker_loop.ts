/**
 * The loop of a worker.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import { defaultAdapter } from "../adapters/default_adapter.ts";
import { AnyRun } from "../core/async_run.ts";
import { loopOn, run } from "../loop/runner.ts";

/** The exit code is the process's, as are the signals, which no worker has: the main thread sees to them. */
function ownAdapter(): Adapter {
  const { setExitCode: _set, exit: _exit, ...rest } = defaultAdapter();
  return rest;
}

const adapter = ownAdapter();

const loopFactory = () => loopOn(adapter);

/** Runs one call to its end on a loop of its own, so that nothing of it is left for the next one. */
export function runInWorker(source: () => unknown, name: string, signal: AbortSignal): Promise<unknown> {
  return run(new AnyRun(source, "call a function in a worker", name), { loopFactory, signal });
}
