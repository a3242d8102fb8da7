/**
 * The sockets that systemd has opened for the program.
 *
 * @module
 */

import { NotSupportedError } from "../../core/errors.ts";
import { mayLook } from "../shared/process.ts";

/** The first descriptor that systemd passes on; the others follow it. */
const FIRST = 3;

/**
 * A socket that the program was started with.
 *
 * @category Transports and protocols
 */
export interface ListenFd {
  /** Its descriptor, for the option `fd` of `createServer()` and `startServer()`. */
  readonly fd: number;
  /** Its name, as the unit has it (`FileDescriptorName=`); `"unknown"` if it has none. */
  readonly name: string;
}

interface Scope {
  readonly process?: { readonly pid: number; readonly env: Readonly<Record<string, string | undefined>> };
}

/**
 * Returns the sockets that systemd has opened for this program ("socket activation"), in its order: what `sd_listen_fds()` tells. None if the program
 * was started in another way. It works on every runtime, also without the selector.
 *
 * @throws {NotSupportedError} if Deno does not allow to look at `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` in the environment
 *
 * @example Listen by the first one, or by a port
 * ```ts
 * import { run, startServer } from "@loop/asyncio";
 * import { listenFds } from "@loop/asyncio/selector";
 *
 * await run(function* () {
 *   const [socket] = listenFds();
 *   const server = yield* startServer(function* (_reader, writer) {
 *     writer.close();
 *   }, null, 0, { fd: socket?.fd });
 *   server.close();
 * });
 * ```
 *
 * @category Transports and protocols
 */
export function listenFds(): ListenFd[] {
  const { process } = globalThis as unknown as Scope;
  if (process === undefined) return [];
  for (const variable of ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) {
    if (mayLook({ name: "env", variable })) continue;
    throw new NotSupportedError(
      `Cannot look for sockets of systemd: Deno does not allow to read ${variable}. Run the program with ` +
        "--allow-env=LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES.",
    );
  }
  const { LISTEN_FDS = "", LISTEN_PID = "", LISTEN_FDNAMES = "" } = process.env;
  // What was meant for another program is inherited, too.
  if (!/^\d+$/.test(LISTEN_FDS) || Number(LISTEN_PID) !== process.pid) return [];
  const names = LISTEN_FDNAMES.split(":");
  return Array.from({ length: Number(LISTEN_FDS) }, (_, i) => ({ fd: FIRST + i, name: names[i] || "unknown" }));
}
