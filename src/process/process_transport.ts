/**
 * The transport of a process of the host.
 *
 * @module
 */
import type { HostProcess } from "../adapters/process.ts";
import type { Context } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { OSError } from "../core/errors.ts";
import { type Future, NamedFuture } from "../core/future.ts";
import { schedule } from "../core/internal.ts";
import type { SubprocessProtocol } from "../io/protocols.ts";
import { SubprocessTransport, type Transport } from "../io/transports.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { TransportCall } from "../net/transport_call.ts";
import { checkSignal, checkSubprocessProtocol } from "./check.ts";
import { pipeName, PipeProtocol, PipeTransport } from "./pipe_transport.ts";

/** One pipe. */
interface Pipe {
  readonly transport: PipeTransport;
  lost: boolean;
}

/** A process: its pipes, its protocol, and who waits for its end. */
export class ProcessTransport extends SubprocessTransport {
  readonly loop: HostLoop;
  /** One for the whole life: what a call of the protocol sets, the next one sees. */
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

  constructor(
    loop: HostLoop,
    host: HostProcess,
    protocol: SubprocessProtocol,
    group: boolean,
    context: Vars | Context,
  ) {
    super();
    this.loop = loop;
    this.#host = host;
    this.#protocol = protocol;
    this.#group = this.#groupLeft = group;
    this._context = context;
    this.#pipes = [host.stdin, host.stdout, host.stderr].map((stream, fd) => {
      return stream && { transport: new PipeTransport(loop, stream, fd, context), lost: false };
    });
    loop.onClose.add(this.#abandon);
    loop.noteOpen(this);
    void host.exited.then((code) => {
      if (!this.#finished) schedule(loop, new TransportCall(this, "end of process", () => this.#exited(code)));
    });
  }

  getPid(): number {
    return this.#host.pid;
  }

  getReturncode(): number | null {
    return this.#returncode;
  }

  getPipeTransport(fd: number): Transport | null {
    return this.#pipes[fd]?.transport ?? null;
  }

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

  terminate(): void {
    this.sendSignal("SIGTERM");
  }

  kill(): void {
    this.sendSignal("SIGKILL");
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What is in a pipe to a process that is killed is of no use, and might wait for another one that has the pipe.
    for (const pipe of this.#pipes) pipe?.transport.abort();
    if (this.#returncode !== null && !this.#groupLeft) return;
    if (this.loop.getDebug() && this.#returncode === null) {
      this.loop.logger.warn(`${this} was closed while it runs: it is killed.`);
    }
    try {
      this.#send("SIGKILL");
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.#beyondReach = true;
    }
  }

  isClosing(): boolean {
    return this.#closed;
  }

  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return name === "subprocess" ? this.#host : fallback;
  }

  getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  setProtocol(protocol: SubprocessProtocol): void {
    checkSubprocessProtocol(protocol);
    this.#protocol = protocol;
  }

  override toString(): string {
    const state = this.#returncode === null ? "running" : `returncode=${this.#returncode}`;
    const pipes = this.#pipes.map((pipe, fd) => pipe && !pipe.lost ? ` ${pipeName(fd)}` : "").join("");
    return `<SubprocessTransport pid=${this.getPid()} ${state}${this.#closed ? " closed" : ""}${pipes}>`;
  }

  /** Gives the process to its protocol: `connectionMade()` is called, then the maker goes on, then data comes. */
  begin(waiter: Future<void>): void {
    for (const [fd, pipe] of this.#pipes.entries()) pipe?.transport.begin(new PipeProtocol(this, fd), null);
    this.#tell("connectionMade()", () => this.#protocol.connectionMade(this));
    this.#tell("end of starting", () => {
      if (!waiter.done()) waiter.setResult();
    });
  }

  pipeData(fd: number, data: Uint8Array): void {
    this.#tell("pipeDataReceived()", () => this.#protocol.pipeDataReceived(fd, data));
  }

  pipeLost(fd: number, error: Error | null): void {
    (this.#pipes[fd] as Pipe).lost = true;
    this.#tell("pipeConnectionLost()", () => this.#protocol.pipeConnectionLost(fd, error));
    this.#endIfOver();
  }

  /** Whether anything is left that a signal could reach. */
  isAlive(): boolean {
    return this.#returncode === null || this.#isGroupLeft();
  }

  /** Asks everything that is left to end; returns whether to wait for it. */
  askToEnd(): boolean {
    if (!this.isAlive()) return false;
    try {
      this.#send("SIGTERM");
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      return false;
    }
    return true;
  }

  /** A future that is done when the process has ended; null if it has. */
  untilExit(): Future<void> | null {
    if (this.#returncode !== null) return null;
    const future = new NamedFuture<void>(this.loop, "wait", this);
    this.#exitWaiters.push(future);
    return future;
  }

  /** A future that is done after `connectionLost()`; null if that is so already, or nobody can tell when. */
  untilEnd(): Future<void> | null {
    if (this.#finished || this.#beyondReach) return null;
    const future = new NamedFuture<void>(this.loop, "end of", this);
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
    if (stdin && !stdin.lost) return stdin.transport.ending.close();
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
      if (!this.#groupLeft) this.loop.onClose.delete(this.#abandon);
      complete(this.#endWaiters);
    }
  }

  #tell(name: string, callback: () => void): void {
    schedule(this.loop, new TransportCall(this, name, callback));
  }

  /** The loop has closed: no callback will run, and nobody else ends the process. Its pipes end with the loop as well. */
  readonly #abandon = (): void => {
    this.#finished = true;
    this.loop.wasLeft(this, "What runs is killed. Wait for it, or use() it.");
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
