/**
 * What the loop and streams do with processes: the one module that `EventLoop` and the functions for processes load. Arguments are checked
 * here, when the coroutine is first stepped.
 *
 * @module
 */
import "../loop/one_part.ts";
import { requireLoop } from "../core/running.ts";
import type { Coroutine, LazyAwaitable } from "../core/suspend.ts";
import type { CreateSubprocessOptions, Process, SubprocessOptions } from "../io/process.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";
import { checkLimit } from "../io/reader_state.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { SubprocessTransport } from "../io/transports.ts";
import { type HostLoop, requireHostLoop } from "../loop/host_loop.ts";
import { checkFunction } from "../net/check.ts";
import { checkExec, checkGracePeriod, checkShell } from "./check.ts";
import { ChildProcess } from "./child_process.ts";
import type { ProcessTransport } from "./process_transport.ts";
import * as starting from "./spawn.ts";
import { SubprocessStreamProtocol } from "./stream_protocol.ts";

/** `loop.subprocessExec()`. */
export function* subprocessExec<P extends SubprocessProtocol>(
  loop: HostLoop,
  factory: () => P,
  program: string | URL,
  args: readonly string[],
  options: SubprocessOptions,
): Coroutine<[SubprocessTransport, P]> {
  checkFunction(factory, "protocol factory", "subprocessExec");
  checkExec(program, args, options, "subprocessExec");
  return yield* starting.subprocessExec(loop, factory, program, args, options);
}

/** `loop.subprocessShell()`. */
export function* subprocessShell<P extends SubprocessProtocol>(
  loop: HostLoop,
  factory: () => P,
  command: string,
  options: SubprocessOptions,
): Coroutine<[SubprocessTransport, P]> {
  checkFunction(factory, "protocol factory", "subprocessShell");
  checkShell(command, options, "subprocessShell");
  return yield* starting.subprocessShell(loop, factory, command, options);
}

/** The class of readers is handed over: the program that has no streams has no code for them either. */
type ReaderClass = typeof StreamReader;

/** `createSubprocessExec()`. */
export function* createSubprocessExec(
  Reader: ReaderClass,
  program: string | URL,
  args: readonly string[],
  options: CreateSubprocessOptions,
): Coroutine<Process> {
  const loop = currentLoop();
  checkExec(program, args, options, "createSubprocessExec");
  checkStreams(options, "createSubprocessExec");
  return yield* create(loop, Reader, options, (factory, all) => loop.subprocessExec(factory, program, args, all));
}

/** `createSubprocessShell()`. */
export function* createSubprocessShell(
  Reader: ReaderClass,
  command: string,
  options: CreateSubprocessOptions,
): Coroutine<Process> {
  const loop = currentLoop();
  checkShell(command, options, "createSubprocessShell");
  checkStreams(options, "createSubprocessShell");
  return yield* create(loop, Reader, options, (factory, all) => loop.subprocessShell(factory, command, all));
}

function checkStreams(options: CreateSubprocessOptions, where: string): void {
  checkLimit(options.limit);
  checkGracePeriod(options.gracePeriod, where);
}

type Start = (
  factory: () => SubprocessStreamProtocol,
  options: SubprocessOptions,
) => LazyAwaitable<[SubprocessTransport, SubprocessStreamProtocol]>;

function* create(
  loop: HostLoop,
  Reader: ReaderClass,
  options: CreateSubprocessOptions,
  start: Start,
): Coroutine<Process> {
  const { limit, gracePeriod, stdin = null, stdout = null, stderr = null } = options;
  const factory = () => new SubprocessStreamProtocol(loop, limit, Reader);
  const [transport, protocol] = yield* start(factory, { ...options, stdin, stdout, stderr });
  return new ChildProcess(transport as ProcessTransport, protocol, gracePeriod);
}

/** The loop that everything of the process belongs to. */
function currentLoop(): HostLoop {
  return requireHostLoop(requireLoop("start a process"), "start a process");
}
