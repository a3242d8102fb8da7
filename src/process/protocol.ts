/**
 * Who is told what happens to a process.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import type { SubprocessTransport } from "./transport.ts";

/**
 * A protocol for a process. All methods do nothing here: override those that you need. They are called by the loop, as callbacks: plain
 * functions, which may start tasks by `createTask()`. What one throws goes to the loop's exception handler.
 *
 * Order: {@linkcode SubprocessProtocol.connectionMade}, then data and the loss of pipes as they come,
 * {@linkcode SubprocessProtocol.processExited} in between or after them, {@linkcode SubprocessProtocol.connectionLost} at the end.
 *
 * @example Collect what a program prints
 * ```ts
 * import { EventLoop, SubprocessProtocol } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * class Collector extends SubprocessProtocol {
 *   output = "";
 *   override pipeDataReceived(fd: number, data: Uint8Array) {
 *     if (fd === 1) this.output += new TextDecoder().decode(data);
 *   }
 *   override connectionLost() {
 *     loop.stop();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const [, collector] = await loop.runUntilComplete(loop.subprocessExec(() => new Collector(), "echo", ["hello"]));
 * await loop.runForever();
 * assertEquals(collector.output, "hello\n");
 * ```
 */
export class SubprocessProtocol {
  /** The process runs, and its pipes stand; the first call, made once. */
  connectionMade(_transport: SubprocessTransport): void {}

  /** The process has written to a pipe: 1 is stdout, 2 is stderr. The array is the protocol's own. */
  pipeDataReceived(_fd: number, _data: Uint8Array): void {}

  /**
   * A pipe is closed, by either side; called once for each.
   *
   * @param _fd 0 for stdin, 1 for stdout, 2 for stderr
   * @param _error null for an end in order; else what broke it, such as an `OSError` with code `"EPIPE"` for a stdin that is read no more
   */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** The process has ended; `transport.getReturncode()` is its exit code. Data that it has written before may still come. */
  processExited(): void {}

  /** The process has ended and all its pipes are closed; the last call. */
  connectionLost(_error: Error | null): void {}

  /** What was written to stdin has grown above its high-water mark: write no more for now. */
  pauseWriting(): void {}

  /** It has shrunk to the low-water mark: write on. */
  resumeWriting(): void {}
}

/** Refuses what is no protocol for a process. */
export function checkSubprocessProtocol(protocol: unknown): asserts protocol is SubprocessProtocol {
  const { connectionMade, pipeDataReceived, processExited } = (protocol ?? {}) as Record<string, unknown>;
  if ([connectionMade, pipeDataReceived, processExited].every((method) => typeof method === "function")) return;
  throw new TypeError(
    `Cannot use ${describeKind(protocol)} as a protocol for a process: ` +
      "give an object of a class that extends SubprocessProtocol.",
  );
}
