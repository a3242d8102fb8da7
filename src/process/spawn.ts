/**
 * Starting a process.
 *
 * @module
 */
import type { HostProcess, ProcessAdapter, SpawnOptions } from "../adapters/process.ts";
import { snapshotVars } from "../core/context.ts";
import { isCancelled, NotSupportedError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import { checkClosed } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import { PIPE, type SubprocessOptions } from "../io/process.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";
import { loadPart } from "../loop/area.ts";
import { type HostLoop, requireCapability } from "../loop/host_loop.ts";
import { checkSubprocessProtocol, toPath } from "./check.ts";
import { type Command, execCommand, mergedCommand, shellCommand } from "./command.ts";
import { ProcessTransport } from "./process_transport.ts";
import { type PreparedStdio, prepareStdio } from "./stdio.ts";

/** `loop.subprocessExec()`. */
export function* subprocessExec<P extends SubprocessProtocol>(
  loop: HostLoop,
  factory: () => P,
  program: string | URL,
  args: readonly string[],
  options: SubprocessOptions,
): Coroutine<[ProcessTransport, P]> {
  const processes = yield* loadProcesses(loop);
  return yield* start(loop, processes, factory, execCommand(toPath(program), args), options);
}

/** `loop.subprocessShell()`. */
export function* subprocessShell<P extends SubprocessProtocol>(
  loop: HostLoop,
  factory: () => P,
  command: string,
  options: SubprocessOptions,
): Coroutine<[ProcessTransport, P]> {
  const processes = yield* loadProcesses(loop);
  return yield* start(loop, processes, factory, shellCommand(command, processes.windows), options);
}

/** What the runtime does with processes, loaded at the first use. */
function* loadProcesses(loop: HostLoop): Coroutine<ProcessAdapter> {
  checkClosed(loop);
  if (loop.hostProcesses !== null) return loop.hostProcesses;
  const load = requireCapability(loop.adapter.processes, "start a process", loop.adapter);
  return loop.hostProcesses = yield* fromPromise(loadPart(() => load.call(loop.adapter)));
}

function* start<P extends SubprocessProtocol>(
  loop: HostLoop,
  processes: ProcessAdapter,
  factory: () => P,
  command: Command,
  options: SubprocessOptions,
): Coroutine<[ProcessTransport, P]> {
  const { stdin = PIPE, stdout = PIPE, stderr = PIPE, processGroup = false } = options;
  if (processGroup && processes.windows) {
    throw new NotSupportedError("Cannot start a process with processGroup on Windows: it has no process groups.");
  }
  const vars = snapshotVars();
  const protocol = factory();
  checkSubprocessProtocol(protocol);
  const stdio = yield* prepareStdio({ stdin, stdout, stderr });
  let host: HostProcess;
  try {
    host = yield* spawn(processes, command, stdio, options);
  } finally {
    stdio.close();
  }
  const transport = new ProcessTransport(loop, host, protocol, processGroup, vars);
  const waiter = loop.createFuture<void>();
  transport.begin(waiter);
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    const end = transport.untilExit();
    if (end !== null) yield* end;
    throw error;
  }
  return [transport, protocol];
}

function* spawn(
  processes: ProcessAdapter,
  command: Command,
  stdio: PreparedStdio,
  options: SubprocessOptions,
): Coroutine<HostProcess> {
  const { cwd, env, processGroup = false } = options;
  let all: SpawnOptions = {
    ...command,
    cwd: cwd === undefined ? undefined : toPath(cwd),
    env,
    stdin: stdio.stdin,
    stdout: stdio.stdout,
    stderr: stdio.merged ? "null" : stdio.stderr,
    processGroup,
  };
  if (stdio.merged) all = { ...all, ...(yield* mergedCommand(all, processes.windows)) };
  const spawned = processes.spawn(all);
  // A promise only where the runtime needs one: each costs a turn.
  return spawned instanceof Promise ? yield* settled(spawned) : spawned;
}

/** What comes of starting a process. Cancelled meanwhile, it is killed as soon as it is there. */
function* settled(spawned: Promise<HostProcess>): Coroutine<HostProcess> {
  const outcome = spawned.then((host) => ({ host }), (error: unknown) => ({ host: null, error }));
  try {
    const result = yield* fromPromise(outcome);
    if (result.host === null) throw result.error;
    return result.host;
  } catch (error) {
    if (isCancelled(error)) yield* fromPromise(outcome.then(({ host }) => host && killAndWait(host)));
    throw error;
  }
}

function killAndWait(host: HostProcess): Promise<unknown> {
  for (const pipe of [host.stdin, host.stdout, host.stderr]) pipe?.abort();
  host.kill("SIGKILL");
  return host.exited;
}
