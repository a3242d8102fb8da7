/**
 * A session with the inspector of V8 in another process.
 *
 * @module
 */
import { CommandError, NobodyThere } from "./command_error.ts";
import { DebuggerThread, type Limits, type Message } from "./debugger_thread.ts";
import { inTime } from "./in_time.ts";

const LIMITS: Limits = { answer: 30_000, engine: 5_000, patience: 1_000, turn: 4_000, close: 1_000 };

/** A worker thread of the program. */
export interface Worker {
  /** Its number, as the runtime counts them. */
  readonly number: number;
  readonly thread: DebuggerThread;
}

interface Attached {
  readonly sessionId: string;
  readonly workerInfo: { readonly workerId: string };
}

interface Targets {
  readonly targetInfos: readonly { readonly type: string }[];
}

interface FromWorker {
  readonly sessionId: string;
  readonly message: string;
}

/** A session, by a WebSocket. */
export class DebuggerSession {
  /** The main thread of the program. */
  readonly main: DebuggerThread;
  readonly #socket: WebSocket;
  readonly #limits: Limits;
  readonly #workers = new Map<string, Worker>();
  #telling: Promise<unknown> | null = null;
  #changed = Promise.withResolvers<void>();
  #isClosed = false;

  private constructor(url: string, limits: Limits) {
    this.#limits = limits;
    this.#socket = connect(url);
    this.main = new DebuggerThread("The program", limits, (text) => this.#socket.send(text));
    this.#socket.onmessage = ({ data }) => this.#came(JSON.parse(String(data)) as Message);
    this.#socket.onclose = () => this.#over();
  }

  /** Connects. */
  static async open(url: string, limits: Partial<Limits> = {}): Promise<DebuggerSession> {
    const session = new DebuggerSession(url, { ...LIMITS, ...limits });
    const socket = session.#socket;
    const opened = new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new NobodyThere(`Cannot reach the debugger at ${url}: nothing listens there.`));
    });
    if (!await inTime(opened, session.#limits.engine)) {
      socket.close();
      throw new CommandError(`${url} does not answer.`);
    }
    socket.onerror = null;
    return session;
  }

  /** The worker threads that the program has now; none if its runtime does not tell. */
  async workers(): Promise<readonly Worker[]> {
    this.#telling ??= this.main.ask("NodeWorker.enable", { waitForDebuggerOnStart: false });
    if (await this.#telling === null) return [];
    // They are told by events. Node sends those before its answer; Deno some time after it, and says which there are.
    const targets = await this.main.ask<Targets>("Target.getTargets", {});
    const all = targets?.targetInfos.filter(({ type }) => type.endsWith("worker")).length ?? 0;
    const end = performance.now() + this.#limits.engine;
    while (this.#workers.size < all && performance.now() < end) {
      this.#changed = Promise.withResolvers<void>();
      await inTime(this.#changed.promise, end - performance.now());
    }
    return [...this.#workers.values()];
  }

  /** Ends the session, and waits until it has ended, if it does so soon. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const closed = new Promise<void>((resolve) => this.#socket.addEventListener("close", () => resolve()));
    this.#socket.close();
    await inTime(closed, this.#limits.close);
  }

  #came(message: Message): void {
    switch (message.method) {
      case undefined:
        return this.main.answered(message);
      case "NodeWorker.attachedToWorker":
        return this.#attached(message.params as Attached);
      case "NodeWorker.receivedMessageFromWorker": {
        const { sessionId, message: text } = message.params as FromWorker;
        const answer = JSON.parse(text) as Message;
        if (answer.method === undefined) this.#workers.get(sessionId)?.thread.answered(answer);
        return;
      }
      case "NodeWorker.detachedFromWorker": {
        const { sessionId } = message.params as Attached;
        this.#workers.get(sessionId)?.thread.end(new NobodyThere("The worker has ended."));
        this.#workers.delete(sessionId);
      }
    }
  }

  #attached({ sessionId, workerInfo: { workerId } }: Attached): void {
    const thread = new DebuggerThread(`Worker ${workerId}`, this.#limits, (message) => {
      // Of a worker that has ended an event tells, too.
      this.main.call("NodeWorker.sendMessageToWorker", { sessionId, message }).catch(() => {});
    });
    this.#changed.resolve();
    this.#workers.set(sessionId, { number: Number(workerId), thread });
  }

  #over(): void {
    this.#isClosed = true;
    this.#changed.resolve();
    const ended = new NobodyThere("The program has ended.");
    this.main.end(ended);
    for (const { thread } of this.#workers.values()) thread.end(ended);
  }
}

function connect(url: string): WebSocket {
  try {
    return new WebSocket(url);
  } catch (cause) {
    throw new CommandError(`${JSON.stringify(url)} is not an address of a debugger.`, 2, { cause });
  }
}
