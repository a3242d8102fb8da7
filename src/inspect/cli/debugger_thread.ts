/**
 * One thread of a program, as the inspector of V8 speaks for it.
 *
 * @module
 */
import { parseStack } from "../stack_lines.ts";
import { shortPlace } from "../short_place.ts";
import { CommandError, NobodyThere } from "./command_error.ts";
import { inTime } from "./in_time.ts";

/** The protocol's own answer, or its error; or an event, which has a method in place of a number. */
export interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: unknown;
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string }; readonly text: string };
}

/** How many milliseconds things may take. */
export interface Limits {
  /** An answer for which the program has to do something. */
  readonly answer: number;
  /** What the engine answers, also in the middle of a step. */
  readonly engine: number;
  /** After so many a program that owes an answer is asked whether it does anything else. */
  readonly patience: number;
  /** That answer. */
  readonly turn: number;
  /** The end of the session. */
  readonly close: number;
}

/** What a thread is asked for the functions that it is in. */
const STACK = `(() => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
})()`;
/** So many of those are told. */
const TOLD = 3;

/** Commands to one thread, and their answers. */
export class DebuggerThread {
  readonly #name: string;
  readonly #limits: Limits;
  readonly #send: (text: string) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #ended: CommandError | null = null;

  /** `name` stands at the begin of errors; `send` gets what is to be sent to the thread. */
  constructor(name: string, limits: Limits, send: (text: string) => void) {
    this.#name = name;
    this.#limits = limits;
    this.#send = send;
  }

  /** Evaluates an expression in the thread, and returns its value. The engine does so in the middle of a step as well. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = this.#evaluate(expression, false);
    if (await inTime(answer, this.#limits.engine)) return await answer;
    throw this.#noAnswer("it may be stopped, or in the middle of a call that keeps all of it");
  }

  /**
   * The same of an expression that makes a promise, which is awaited.
   *
   * @throws {CommandError} if the thread is in a step that does not end
   */
  async evaluatePromise(expression: string): Promise<unknown> {
    const answer = this.#evaluate(expression, true);
    if (!await inTime(answer, this.#limits.patience)) await Promise.race([answer, this.#requireTurns()]);
    if (await inTime(answer, this.#limits.answer)) return await answer;
    throw this.#noAnswer("it may be busy");
  }

  /** Sends an expression whose value nobody waits for. */
  send(expression: string): void {
    // The program may end before it answers.
    this.#evaluate(expression, false).catch(() => {});
  }

  /** Calls a method that not every runtime has; null if this one has not, or does not answer in time. */
  async ask<T>(method: string, params: object): Promise<T | null> {
    const answer = this.call<T>(method, params);
    try {
      return await inTime(answer, this.#limits.engine) ? await answer : null;
    } catch (error) {
      if (error instanceof NobodyThere || !(error instanceof CommandError)) throw error;
      return null;
    }
  }

  /** Calls a method of the protocol. */
  async call<T>(method: string, params: object): Promise<T> {
    if (this.#ended !== null) throw this.#ended;
    const id = ++this.#last;
    const reply = Promise.withResolvers<unknown>();
    this.#waiting.set(id, reply);
    this.#send(JSON.stringify({ id, method, params }));
    return await reply.promise as T;
  }

  /** Takes an answer. */
  answered({ id, result, error }: Message): void {
    const waiting = this.#waiting.get(id ?? 0);
    this.#waiting.delete(id ?? 0);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new CommandError(`${this.#name} refuses: ${error.message}.`));
  }

  /** There will be no more answers. */
  end(error: CommandError): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #evaluate(expression: string, awaitPromise: boolean): Promise<unknown> {
    const { result, exceptionDetails } = await this.call<Evaluated>("Runtime.evaluate", {
      expression,
      awaitPromise,
      returnByValue: true,
    });
    if (exceptionDetails === undefined) return result.value;
    const { exception, text } = exceptionDetails;
    throw new CommandError(`${this.#name} could not tell of itself: ${exception?.description ?? text}`);
  }

  /** Whether the thread gets from one step to another: what waits for its next turn would wait for ever. */
  async #requireTurns(): Promise<void> {
    const turn = this.#evaluate("new Promise((resolve) => setTimeout(resolve))", true);
    if (await inTime(turn, this.#limits.turn)) return;
    const stack = String(await this.evaluate(STACK));
    const frames = parseStack(stack).slice(0, TOLD).map(({ name, file, line }) =>
      `${name} ${shortPlace(file)}:${line}`
    );
    const where = frames.length === 0 ? "" : ` It is in ${frames.join(", called by ")}.`;
    throw this.#noAnswer(`it is in a step that does not end, and before that none of its tasks goes on.${where}`);
  }

  #noAnswer(why: string): CommandError {
    return new CommandError(`${this.#name} does not answer: ${why}`.replace(/\.?$/, "."));
  }
}
