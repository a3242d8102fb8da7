/**
 * Tells protocols for processes from what cannot be told anything.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";

/** Refuses what is no protocol for a process. */
export function checkSubprocessProtocol(protocol: unknown): asserts protocol is SubprocessProtocol {
  const { connectionMade, pipeDataReceived, processExited } = (protocol ?? {}) as Record<string, unknown>;
  if ([connectionMade, pipeDataReceived, processExited].every((method) => typeof method === "function")) return;
  throw new TypeError(
    `Cannot use ${describeKind(protocol)} as a protocol for a process: ` +
      "give an object of a class that extends SubprocessProtocol.",
  );
}
