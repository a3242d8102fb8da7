/**
 * One worker of a pool, as its pool sees it.
 *
 * @module
 */
import type { HostWorker, TransferableObject, WorkersAdapter } from "../adapters/workers.ts";
import { errorText } from "../adapters/shared/host_error.ts";
import { madeOutside } from "../core/error_frames.ts";
import { BrokenWorkerError } from "../core/errors.ts";
import { describeKind } from "../core/repr.ts";
import { Invocations } from "./invocations.ts";
import { CANCEL, FUNCTION, INVOKE, READY, type Report, RESULT, REVOKE, THROWN, UNCAUGHT } from "./messages.ts";
import type { PoolCall } from "./pool_call.ts";
import { fromThrown } from "./thrown.ts";
import { transferred } from "./remote_module.ts";
import { WHAT_TO_SHIP, workerModule } from "./worker_module.ts";

/** Nothing to hand over. */
const NONE: readonly TransferableObject[] = [];

/** What a worker tells its pool, and asks it for. */
export interface PoolHooks {
  /** It has no call any more. */
  idle(worker: PoolWorker): void;
  /** It is gone, or will be, and takes no call any more; whether it had one. */
  lost(worker: PoolWorker, busy: boolean): void;
  /** An error that belongs to no call. */
  report(message: string, error: unknown): void;
  /** What workers may call by a name. */
  exposed(name: string): ((...args: never) => unknown) | undefined;
}

/** A thread that makes one call after another. */
export class PoolWorker {
  /** The name, for messages. */
  readonly name: string;
  /** Resolves when the thread has ended. */
  readonly gone: Promise<void>;
  readonly #hooks: PoolHooks;
  readonly #module: URL;
  /** Whether that is the one which this module brings along. */
  readonly #own: boolean;
  readonly #host: HostWorker;
  readonly #invocations: Invocations;
  /** The functions whose module and name it knows. */
  readonly #known = new Set<number>();
  /** The function that it called last. */
  #latest = -1;
  #gone!: () => void;
  #call: PoolCall | null = null;
  /** Whether its module has said that it is loaded. */
  #ready = false;
  #over = false;

  /** Starts one on a module of its own, or on the one that this module brings along. */
  constructor(adapter: WorkersAdapter, module: URL | null, name: string, hooks: PoolHooks) {
    this.name = name;
    this.#module = module ?? workerModule();
    this.#own = module === null;
    this.#hooks = hooks;
    this.gone = new Promise((resolve) => this.#gone = resolve);
    this.#host = adapter.start(this.#module, name, {
      message: (data) => this.#receive(data),
      messageError: () => this.#end(new TypeError("A message could not be deserialized.")),
      ended: (code, error) => this.#ended(code, error),
    });
    this.#invocations = new Invocations((message) => this.#post(message, NONE), hooks);
  }

  /** The name of the function that it calls; null if it calls none. */
  get calls(): string | null {
    return this.#call === null ? null : this.#call.fn.name;
  }

  /** Makes a call; returns false if it cannot be sent, and has failed. */
  make(call: PoolCall): boolean {
    const { fn, args } = call;
    const number = fn["~remote"];
    if (!this.#known.has(number)) {
      this.#post([FUNCTION, number, fn.module, fn.name], NONE);
      this.#known.add(number);
    }
    try {
      this.#post(this.#message(number, args), transferred(args));
    } catch (error) {
      call.fail(cannotSend(fn.name, args, error));
      return false;
    }
    // Not before: the worker has not heard of a call that could not be sent.
    this.#latest = number;
    this.#call = call;
    call.worker = this;
    this.#host.ref();
    return true;
  }

  /** What calls the function: the bare argument, if it is the only one and the function the same again. */
  #message(number: number, args: readonly unknown[]): unknown {
    const bare = number === this.#latest && args.length === 1 && args[0] !== undefined && !Array.isArray(args[0]);
    return bare ? args[0] : [number, ...args];
  }

  /** Tells it that nobody wants the result of its call. */
  cancel(message: string | undefined): void {
    this.#post([CANCEL, message], NONE);
  }

  /** Ends it, in the middle of whatever it does. */
  terminate(error: unknown): void {
    if (this.#over) return;
    this.#leave(error);
    this.#host.terminate();
  }

  #post(message: unknown, transfer: readonly TransferableObject[]): void {
    this.#host.post(message, transfer);
  }

  #receive(message: unknown): void {
    if (this.#over) return;
    if (!Array.isArray(message)) return this.#free()?.succeed(message);
    const report = message as unknown as Report;
    const kind = report[0];
    if (kind === RESULT) this.#free()?.succeed(report[1]);
    else if (kind === THROWN) this.#free()?.fail(fromThrown(report[1]));
    else if (kind === INVOKE) this.#invocations.invoke(this.#call, report[1], report[2], report[3]);
    else if (kind === REVOKE) this.#invocations.revoke(report[1], report[2]);
    else if (kind === UNCAUGHT) this.#end(fromThrown(report[1]));
    else if (kind === READY) this.#ready = true;
  }

  /** The call is over, and the next may come. */
  #free(): PoolCall | null {
    const call = this.#call;
    if (call === null) return null;
    this.#call = null;
    call.worker = null;
    this.#host.unref();
    this.#hooks.idle(this);
    return call;
  }

  /** What it has left behind cannot be known, so it is not used any more. */
  #end(error: unknown): void {
    if (this.#call === null) this.#report(error);
    this.terminate(this.#broken(`nobody caught an error in it: ${errorText(error)}`, null, error));
  }

  #report(error: unknown): void {
    this.#hooks.report(`Uncaught error in the idle worker ${this.name}`, error);
  }

  #ended(code: number | null, error: unknown): void {
    this.#gone();
    if (this.#over) return;
    if (this.#call === null && error !== undefined) this.#report(error);
    if (!this.#ready) return this.#leave(this.#neverReady(code, error));
    const how = error === undefined
      ? `it exited${code === null ? "" : ` with code ${code}`}`
      : `it failed: ${errorText(error)}`;
    this.#leave(this.#broken(how, code, error));
  }

  #neverReady(code: number | null, cause: unknown): BrokenWorkerError {
    const why = cause === undefined
      ? 'it ended at once. A file that is made for this imports "@loop/asyncio/worker"'
      : errorText(cause);
    // A bundler may have kept the name that this module had where the program was made.
    return madeOutside(
      new BrokenWorkerError(
        `Cannot start the worker ${this.name} with ${this.#module.href}: ${why}.` +
          (this.#own ? ` If this program was bundled: ${WHAT_TO_SHIP}` : ""),
        cause === undefined ? { code } : { code, cause },
      ),
    );
  }

  #leave(error: unknown): void {
    this.#over = true;
    const call = this.#call;
    this.#call = null;
    this.#invocations.clear();
    call?.fail(error);
    this.#hooks.lost(this, call !== null);
  }

  #broken(how: string, code: number | null, cause: unknown): BrokenWorkerError {
    return madeOutside(
      new BrokenWorkerError(
        `The worker ${this.name} ended in the middle of ${this.#call?.fn.name}(): ${how}. Another takes its place; ` +
          "call the function again if that does no harm.",
        cause === undefined ? { code } : { code, cause },
      ),
    );
  }
}

/** Which of the arguments it is, for the runtime does not say. */
function cannotSend(fn: string, args: readonly unknown[], cause: unknown): TypeError {
  const index = args.findIndex((arg) => {
    try {
      structuredClone(arg);
      return false;
    } catch {
      return true;
    }
  });
  const which = index < 0 ? "the arguments" : `argument ${index + 1}, ${describeKind(args[index])},`;
  return new TypeError(
    `Cannot send ${which} of ${fn}() to a worker: ${
      errorText(cause)
    }. Send what can be cloned, such as plain objects, arrays, texts and bytes.`,
    { cause },
  );
}
