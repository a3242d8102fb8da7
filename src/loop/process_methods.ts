/**
 * The loop's methods for processes. Their part is loaded at the first use, so that a program without processes does not pay for it.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { SubprocessOptions } from "../io/process.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";
import type { SubprocessTransport } from "../io/transports.ts";
import type { HostLoop } from "./host_loop.ts";
import { Part } from "./part.ts";

const starting = new Part(() => import("../process/spawn.ts"));

export const subprocessExec = coroutine(function* subprocessExec(
  loop: HostLoop,
  factory: () => SubprocessProtocol,
  program: string | URL,
  args: readonly string[],
  options: SubprocessOptions,
): Coroutine<[SubprocessTransport, SubprocessProtocol]> {
  return yield* (yield* starting.load()).subprocessExec(loop, factory, program, args, options);
});

export const subprocessShell = coroutine(function* subprocessShell(
  loop: HostLoop,
  factory: () => SubprocessProtocol,
  command: string,
  options: SubprocessOptions,
): Coroutine<[SubprocessTransport, SubprocessProtocol]> {
  return yield* (yield* starting.load()).subprocessShell(loop, factory, command, options);
});
