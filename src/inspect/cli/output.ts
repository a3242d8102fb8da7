/**
 * What the program prints to: its reader may go away before all is said, as that of `ps TARGET | head -1` does.
 *
 * @module
 */
import { fromPromise } from "../../core/from_promise.ts";
import type { Coroutine } from "../../core/suspend.ts";
import { CommandError } from "./command_error.ts";

/** A stream of the host. */
export interface HostOutput {
  readonly isTTY?: boolean;
  write(text: string, written: (error?: Error | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** Nobody reads any more. That is no failure: whoever went away has what was wanted. */
export class ReaderGone extends Error {}

/** One stream of the host. */
export class Output {
  readonly #stream: HostOutput;
  readonly #name: string;
  #failed: (error: Error) => void = () => {};
  #isBroken = false;

  /** Makes one; it listens until it is left. `name` is what the stream is called in errors. */
  constructor(stream: HostOutput, name: string) {
    this.#stream = stream;
    this.#name = name;
    stream.on("error", this.#onError);
  }

  /** Whether somebody looks at it, and not a file or a program. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /**
   * Writes a text, and waits until it has left: a reader that stands still is waited for, and the texts do not pile up.
   *
   * @throws {ReaderGone} if nobody reads any more
   * @throws {CommandError} if it cannot be written for another reason
   */
  *write(text: string): Coroutine<void> {
    const { promise, resolve } = Promise.withResolvers<Error | null | undefined>();
    // Hosts tell of an error by the callback, by the event, by both, or throw it.
    this.#failed = resolve;
    try {
      this.#stream.write(text, resolve);
    } catch (error) {
      resolve(error as Error);
    }
    const error = yield* fromPromise(promise);
    if (!error) return;
    this.#isBroken = true;
    const { code, message } = error as Error & { readonly code?: unknown };
    if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") throw new ReaderGone(message, { cause: error });
    throw new CommandError(`Cannot write to ${this.#name}: ${message}.`, 1, { cause: error });
  }

  /** Leaves the stream to the host. Of one that is broken the host may still have to tell, after the callback. */
  [Symbol.dispose](): void {
    if (!this.#isBroken) this.#stream.off("error", this.#onError);
  }

  // Without a listener the host ends the process with a stack.
  readonly #onError = (error: Error): void => this.#failed(error);
}
