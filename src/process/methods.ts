/**
 * The loop's methods for processes: what `EventLoop` loads at the first use of one. Each checks its arguments, and does the work.
 *
 * @module
 */
import type { Coroutine } from "../core/suspend.ts";
import type { SubprocessOptions } from "../io/process.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";
import type { SubprocessTransport } from "../io/transports.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { checkFunction } from "../net/check.ts";
import { checkExec, checkShell } from "./check.ts";
import * as starting from "./spawn.ts";

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
