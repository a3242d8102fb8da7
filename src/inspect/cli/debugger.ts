/**
 * A session with the inspector of V8 in another process.
 *
 * @module
 */
import { CommandError } from "./command_error.ts";

/** The protocol's own answer, or its error. */
interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string }; readonly text: string };
}

/** Milliseconds that an answer may take. */
const ANSWER_TIMEOUT = 30_000;

/** A session: commands and their answers, by a WebSocket. */
export class DebuggerSession {
  readonly #socket: WebSocket;
  readonly #url: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #closed: CommandError | null = null;

  private constructor(url: string) {
    this.#url = url;
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = ({ data }) => this.#came(JSON.parse(String(data)) as Reply);
    this.#socket.onclose = () => this.#over();
  }

  /** Connects. */
  static async open(url: string): Promise<DebuggerSession> {
    const session = new DebuggerSession(url);
    const socket = session.#socket;
    await inTime(
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new CommandError(`Cannot reach the debugger at ${url}: nothing listens there.`));
      }),
      `${url} does not answer.`,
    );
    socket.onerror = null;
    return session;
  }

  /** Whether the program has ended, or closed the session. */
  get isOver(): boolean {
    return this.#closed !== null;
  }

  /** Calls a method of the protocol. */
  async call<T>(method: string, params: object = {}): Promise<T> {
    if (this.#closed !== null) throw this.#closed;
    const id = ++this.#last;
    const reply = Promise.withResolvers<unknown>();
    this.#waiting.set(id, reply);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return await inTime(reply.promise, `${this.#url} does not answer: the program may be busy, or stopped.`) as T;
  }

  /** Evaluates an expression in the program, awaits it, and returns its value. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.call<Evaluated>("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails === undefined) return result.value;
    const { exception, text } = exceptionDetails;
    throw new CommandError(`The program could not tell of itself: ${exception?.description ?? text}`);
  }

  /** Ends the session, and waits until it has ended. */
  async close(): Promise<void> {
    if (this.#closed !== null) return;
    const closed = new Promise<void>((resolve) => this.#socket.addEventListener("close", () => resolve()));
    this.#socket.close();
    await closed;
  }

  #came(reply: Reply): void {
    // An event: none was asked for.
    if (reply.id === undefined) return;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.result);
    else waiting?.reject(new CommandError(`The debugger at ${this.#url} refuses: ${reply.error.message}.`));
  }

  #over(): void {
    this.#closed ??= new CommandError("The program has ended.");
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}

async function inTime<T>(promise: Promise<T>, failure: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new CommandError(failure)), ANSWER_TIMEOUT);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
