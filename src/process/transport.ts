/**
 * A process that was started, as a protocol sees it.
 *
 * @module
 */
import type { HostProcess } from "../adapters/process.ts";
import type { Context, Vars } from "../core/context.ts";
import { OSError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { Step } from "../net/step.ts";
import type { Transport } from "../net/transport.ts";
import { checkSignal } from "./check_signal.ts";
import { pipeName, PipeProtocol, PipeTransport } from "./pipe_transport.ts";
import { checkSubprocessProtocol, type SubprocessProtocol } from "./protocol.ts";

/** One pipe. */
interface Pipe {
  readonly transport: PipeTransport;
  lost: boolean;
}

/**
 * A process that was started. Made by `loop.subprocessExec()` and `loop.subprocessShell()`, which call
 * `protocol.connectionMade(transport)`.
 *
 * @example Send a signal
 * ```ts
 * import { EventLoop, SubprocessProtocol } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * class Waiter extends SubprocessProtocol {
 *   override connectionLost() {
 *     loop.stop();
 *   }
 * }
 *
 * using loop = new EventLoop();
 * const [transport] = await loop.runUntilComplete(loop.subprocessExec(() => new Waiter(), "sleep", ["60"]));
 * transport.terminate();
 * await loop.runForever();
 * assertEquals(transport.getReturncode(), -15);
 * ```
 */
export class SubprocessTransport {
  /** @internal */
  readonly _loop: HostLoop;
  /** @internal One for the whole life: what a call of the protocol sets, the next one sees. */
  _context: Vars | Context;
  readonly #host: HostProcess;
  readonly #group: boolean;
  #protocol: SubprocessProtocol;
  /** By their numbers. */
  readonly #pipes: readonly (Pipe | null)[];
  #returncode: number | null = null;
  #closed = false;
  /** connectionLost() is on its way. */
  #ending = false;
  #finished = false;
  /** Whether processes of the group may be left after the first one has ended. */
  #groupLeft: boolean;
  /** The system did not let a SIGKILL through: nobody can wait for the end. */
  #beyondReach = false;
  readonly #exitWaiters: Future<void>[] = [];
  readonly #endWaiters: Future<void>[] = [];

  /** @internal */
  constructor(
    loop: HostLoop,
    host: HostProcess,
    protocol: SubprocessProtocol,
    group: boolean,
    context: Vars | Context,
  ) {
    this._loop = loop;
    this.#host = host;
    this.#protocol = protocol;
    this.#group = this.#groupLeft = group;
    this._context = context;
    this.#pipes = [host.stdin, host.stdout, host.stderr].map((stream, fd) => {
      return stream && { transport: new PipeTransport(loop, stream, fd, context), lost: false };
    });
    loop.onClose.add(this.#abandon);
    void host.exited.then((code) => {
      if (!this.#finished) loop._schedule(new Step(this, "end of process", () => this.#exited(code)));
    });
  }

  /** The number of the process. */
  getPid(): number {
    return this.#host.pid;
  }

  /** Its exit code; null while it runs, −N if signal N ended it. */
  getReturncode(): number | null {
    return this.#returncode;
  }

  /** The transport of a pipe: 0 for stdin, 1 for stdout, 2 for stderr. Null if that is no pipe. */
  getPipeTransport(fd: number): Transport | null {
    return this.#pipes[fd]?.transport ?? null;
  }

  /**
   * Sends a signal to the process, or to what is left of its group if it has one of its own. It does nothing if the process has ended and its
   * protocol was not told the end of everything yet.
   *
   * @param signal a name such as `"SIGUSR1"`, or a number
   * @throws {TypeError} if it is neither
   * @throws {RangeError} if there is no such signal
   * @throws {OSError} with code `"ESRCH"` after `connectionLost()`; `"EPERM"` or `"EACCES"` if it is not allowed
   */
  sendSignal(signal: string | number): void {
    checkSignal(signal);
    if (this.#finished && !this.#isGroupLeft()) {
      throw new OSError(
        `Cannot send ${signal} to process ${this.getPid()}: it has ended. Look at its returncode before.`,
        { code: "ESRCH" },
      );
    }
    this.#send(signal);
  }

  /** Asks the process to end, by SIGTERM. Throws as {@linkcode SubprocessTransport.sendSignal}. */
  terminate(): void {
    this.sendSignal("SIGTERM");
  }

  /** Ends the process, by SIGKILL. Throws as {@linkcode SubprocessTransport.sendSignal}. */
  kill(): void {
    this.sendSignal("SIGKILL");
  }

  /**
   * Closes the pipes, and kills the process if it still runs. `connectionLost()` follows when it has ended. A second call changes nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What is in a pipe to a process that is killed is of no use, and might wait for another one that has the pipe.
    for (const pipe of this.#pipes) pipe?.transport.abort();
    if (this.#returncode !== null && !this.#groupLeft) return;
    if (this._loop.getDebug() && this.#returncode === null) {
      console.warn(`${this} was closed while it runs: it is killed.`);
    }
    try {
      this.#send("SIGKILL");
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.#beyondReach = true;
    }
  }

  /** Whether {@linkcode SubprocessTransport.close} was called. */
  isClosing(): boolean {
    return this.#closed;
  }

  /** What is known of the process by this name, or the fallback: `"subprocess"` is what the runtime has of it. */
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return name === "subprocess" ? this.#host : fallback;
  }

  /** The protocol that is told what happens. */
  getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  /**
   * Sets another protocol; it is told of everything from the next event on.
   *
   * @throws {TypeError} if it is no protocol for a process
   */
  setProtocol(protocol: SubprocessProtocol): void {
    checkSubprocessProtocol(protocol);
    this.#protocol = protocol;
  }

  /** Readable form. */
  toString(): string {
    const state = this.#returncode === null ? "running" : `returncode=${this.#returncode}`;
    const pipes = this.#pipes.map((pipe, fd) => pipe && !pipe.lost ? ` ${pipeName(fd)}` : "").join("");
    return `<SubprocessTransport pid=${this.getPid()} ${state}${this.#closed ? " closed" : ""}${pipes}>`;
  }

  /** @internal Gives the process to its protocol: it is told, then the maker goes on, then data comes. */
  _begin(waiter: Future<void>): void {
    for (const [fd, pipe] of this.#pipes.entries()) pipe?.transport._begin(new PipeProtocol(this, fd), null);
    this.#tell("connectionMade()", () => this.#protocol.connectionMade(this));
    this.#tell("end of starting", () => {
      if (!waiter.done()) waiter.setResult();
    });
  }

  /** @internal */
  _pipeData(fd: number, data: Uint8Array): void {
    this.#tell("pipeDataReceived()", () => this.#protocol.pipeDataReceived(fd, data));
  }

  /** @internal */
  _pipeLost(fd: number, error: Error | null): void {
    (this.#pipes[fd] as Pipe).lost = true;
    this.#tell("pipeConnectionLost()", () => this.#protocol.pipeConnectionLost(fd, error));
    this.#endIfOver();
  }

  /** @internal Whether anything is left that a signal could reach. */
  _isAlive(): boolean {
    return this.#returncode === null || this.#isGroupLeft();
  }

  /** @internal Asks everything that is left to end; gives whether to wait for it. */
  _askToEnd(): boolean {
    if (!this._isAlive()) return false;
    try {
      this.#send("SIGTERM");
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      return false;
    }
    return true;
  }

  /** @internal A future that is done when the process has ended; null if it has. */
  _untilExit(): Future<void> | null {
    if (this.#returncode !== null) return null;
    const future = this._loop.createFuture<void>();
    this.#exitWaiters.push(future);
    return future;
  }

  /** @internal A future that is done after `connectionLost()`; null if that is so already, or nobody can tell when. */
  _untilEnd(): Future<void> | null {
    if (this.#finished || this.#beyondReach) return null;
    const future = this._loop.createFuture<void>();
    this.#endWaiters.push(future);
    return future;
  }

  #send(signal: string | number): void {
    if (!this.#group) {
      if (this.#returncode === null) this.#host.kill(signal);
    } else if (this.#groupLeft) {
      // Nothing is left after a SIGKILL, though the system may need a moment.
      this.#groupLeft = this.#host.killGroup(signal) && signal !== "SIGKILL";
    }
  }

  /** The number of a group is free for others once its last process is gone, so it is asked for no longer than it is known to be there. */
  #isGroupLeft(): boolean {
    if (this.#groupLeft) this.#groupLeft = this.#host.killGroup(0);
    return this.#groupLeft;
  }

  #exited(code: number): void {
    this.#returncode = code;
    if (this.#group) this.#isGroupLeft();
    this.#tell("processExited()", () => this.#protocol.processExited());
    this.#endIfOver();
    complete(this.#exitWaiters);
  }

  #endIfOver(): void {
    if (this.#returncode === null) return;
    const [stdin, stdout, stderr] = this.#pipes;
    if ((stdout && !stdout.lost) || (stderr && !stderr.lost)) return;
    // Runtimes do not tell that nobody reads a pipe any more before something is written to it.
    if (stdin && !stdin.lost) return stdin.transport._ending.close();
    if (this.#ending) return;
    this.#ending = true;
    this.#tell("connectionLost()", () => this.#end());
  }

  #end(): void {
    try {
      this.#protocol.connectionLost(null);
    } finally {
      this.#finished = true;
      // What is left of its group ends with the loop as well.
      if (!this.#groupLeft) this._loop.onClose.delete(this.#abandon);
      complete(this.#endWaiters);
    }
  }

  #tell(name: string, callback: () => void): void {
    this._loop._schedule(new Step(this, name, callback));
  }

  /** The loop has closed: nobody will be told anything, and nobody else answers for the process. Its pipes end with the loop as well. */
  readonly #abandon = (): void => {
    this.#finished = true;
    if (this._loop.getDebug()) {
      console.warn(`${this} was left when its loop closed: what runs is killed. Wait for it, or use() it.`);
    }
    try {
      this.#send("SIGKILL");
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
    }
  };
}

function complete(waiters: Future<void>[]): void {
  for (const future of waiters.splice(0)) {
    if (!future.done()) future.setResult();
  }
}
