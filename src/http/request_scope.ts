/**
 * What belongs to a request: its handler's task, the tasks that were made in its context, the producer of its body.
 *
 * A request that is answered in its first step, or that parks and is answered, has none. It is made when something asks for
 * it: the first task that the handler starts, a body that a task produces, a client that leaves, a deadline that passes.
 *
 * @module
 */
import type { HostWebSocketOptions } from "../adapters/web_socket.ts";
import type { TaskScope } from "../core/context.ts";
import { RuntimeError } from "../core/errors.ts";
import { loopOf } from "../core/internal.ts";
import { runningTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { whenSet } from "../sync/event.ts";
import type { Outcome } from "./outcome.ts";
import { RequestTasks } from "./request_tasks.ts";
import type { RunningServer } from "./running_server.ts";
import { printsAsText } from "../core/repr.ts";

/** Why the work of a request is stopped. */
export type StopCause = "clientGone" | "timedOut" | "shutdown";

const BITS = { clientGone: 1, timedOut: 2, shutdown: 4 } as const;
const MESSAGES = { clientGone: "client left", timedOut: "request timed out", shutdown: "server closed" } as const;

/** The handler runs. */
const HANDLING = 0;
/** The response is given; tasks produce its body. */
const SENDING = 1;
/** Its tasks are cancelled, and may clean up. */
const ENDING = 2;
/** Nothing of it is left. */
const OVER = 3;

/** How {@linkcode RequestScope.hold} holds. */
export interface HoldOptions {
  /** Whether the time that the server gives to a request is the producer's as well; true by default. */
  readonly timed?: boolean;
  /** Whether the host is to watch the client meanwhile; true by default. Not for those who are told that it has left in another way. */
  readonly watchesClient?: boolean;
  /** Whether the handler, while it runs, may wait for nothing else than what it produces. False by default. */
  readonly isRead?: () => boolean;
  /** Cuts the connection, when the server ends though the producer does not. */
  readonly cut?: () => void;
}

/** Who wants to know how far a request is. */
export interface ScopeOwner {
  /** A task has begun to produce the body now that the handler has ended; or the last one that does is done. */
  sending(sending: boolean): void;
  /** Nothing of the request is left. */
  over(): void;
  /** Whether the host can make the request a WebSocket; throws if not. */
  checkUpgrade(): void;
}

/** How a request becomes a WebSocket, without what only the response says. */
export type UpgradeOptions = Omit<HostWebSocketOptions, "headers">;

/** One request, for as long as anything of it runs. */
export class RequestScope implements TaskScope {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** The request. */
  readonly request: Request;
  /** The task that handles it. */
  readonly task: Task<unknown>;
  /** The server that it came to; null where none runs, as in `app.request()`. */
  readonly server: RunningServer | null;
  /** Why its work was stopped, if it was. */
  cause: StopCause | null = null;
  /** What went wrong, if something did. */
  error: unknown = undefined;
  /** Whether something went wrong. */
  hasFailed = false;
  /** Whether the deadline is still of interest. */
  isTimed = true;
  /** Whether the host is to watch the client while the body is sent. */
  watchesClient = true;
  /** Whether the response that its handler has returned cannot be sent. */
  isUnsent = false;
  /** What was sent in place of the response whose body a task produces, if something was; null if the client had left before. */
  status: number | null | undefined = undefined;
  /** How many bytes of that went to the host. */
  bytes: number | null = null;
  /** How it becomes a WebSocket, if its handler has asked for that. */
  upgrading: UpgradeOptions | null = null;
  readonly #owner: ScopeOwner | null;
  readonly #outer: RequestScope | null;
  #phase = HANDLING;
  /** The tasks made in its context; null before the first. */
  #tasks: RequestTasks | null = null;
  #ending = 0;
  #held: Map<Task<unknown>, (() => boolean) | undefined> | null = null;
  #unwanted: Set<Task<unknown>> | null = null;
  /** What has cancelled those of them that were read while the handler ran, a bit each. */
  #heldStoppedBy: Map<Task<unknown>, number> | null = null;
  #cuts: (() => void)[] | null = null;
  /** What has cancelled whoever is at work in this phase, a bit each. */
  #stoppedBy = 0;

  constructor(
    request: Request,
    task: Task<unknown>,
    server: RunningServer | null,
    owner: ScopeOwner | null = null,
    outer: RequestScope | null = null,
  ) {
    this.#owner = owner;
    this.#outer = outer;
    this.request = request;
    this.task = task;
    this.server = server;
  }

  /** A task is made in the request's context. It ends with the request. */
  adopt(task: Task<unknown>): void {
    if (this.#phase === OVER) {
      throw new RuntimeError(
        `Cannot create a task in the context of ${this.task.getName()}: that request is over, and its tasks ended with it. ` +
          "Start what is to go on with background(…), while the request is handled.",
      );
    }
    (this.#tasks ??= new RequestTasks(this.task)).add(task, runningTask());
  }

  /** The tasks that run in its context, each with the one that made it. */
  running(): Map<Task<unknown>, Task<unknown> | null> {
    return this.#tasks?.running() ?? new Map();
  }

  /** Whether tasks were made in its context; some may be done. */
  hasTasks(): boolean {
    return this.#tasks !== null && this.#tasks.size > 0;
  }

  /** Whether anything of it is left when the handler has ended. */
  isOver(): boolean {
    return this.#phase === OVER;
  }

  /**
   * The body of the response is produced by this task. The request is not over until it is done, and the tasks of the
   * request live as long. If it fails, so has the request; a client that leaves, the server's shutdown and the request's
   * deadline cancel it.
   */
  hold(task: Task<unknown>, options?: HoldOptions): void {
    if (this.#phase >= ENDING) {
      throw new RuntimeError(`Cannot send a body for ${this.task.getName()}: the request is over.`);
    }
    if (options?.timed === false) this.isTimed = false;
    if (options?.watchesClient === false) this.watchesClient = false;
    if (options?.cut !== undefined) (this.#cuts ??= []).push(options.cut);
    (this.#held ??= new Map()).set(task, options?.isRead);
    task.addDoneCallback(this.#heldDone);
    if (this.cause !== null) task.cancel(MESSAGES[this.cause]);
  }

  /** Nobody wants what the task produces any more: it is cancelled, which is no failure of the request. */
  release(task: Task<unknown>): void {
    (this.#unwanted ??= new Set()).add(task);
    task.cancel("the body is not wanted");
  }

  /** Whether tasks produce the body of the response. */
  isHeld(): boolean {
    return this.#held !== null && this.#held.size > 0;
  }

  /** Cuts the connection of a body whose producer goes on though it was cancelled. */
  cut(): void {
    if (this.isHeld()) { for (const cut of this.#cuts ?? []) cut(); }
  }

  /** The scopes up to that of the request as its server knows it, where a framework handles a copy of that; or else this one. */
  upToServer(): RequestScope[] {
    return this.#owner !== null || this.#outer === null ? [this] : [this, ...this.#outer.upToServer()];
  }

  /**
   * The request becomes a WebSocket with the response of its handler.
   *
   * @throws {RuntimeError} if no server has brought it, or that was asked for before
   */
  askUpgrade(options: UpgradeOptions): void {
    if (this.#owner === null) {
      throw new RuntimeError(
        "Cannot upgrade to a WebSocket where no server of the module runs. Serve the app with serve(app.fetch).",
      );
    }
    if (this.upgrading !== null) {
      throw new RuntimeError(
        `Cannot upgrade ${this.task.getName()} to a WebSocket twice. Return the response of the first call.`,
      );
    }
    if (this.#phase !== HANDLING) {
      throw new RuntimeError(`Cannot upgrade ${this.task.getName()} to a WebSocket: it was answered before.`);
    }
    this.#owner.checkUpgrade();
    this.upgrading = options;
  }

  /** Calls back once when the server begins to close, at once if it has; returns what takes that back. */
  whenDraining(callback: () => void): () => void {
    const draining = this.server?.draining;
    if (draining === undefined) return () => {};
    // A task for each connection would be one too many.
    if (!draining.isSet()) return whenSet(draining, callback);
    callback();
    return () => {};
  }

  /** The client has left: whoever notices it, the host or the stream of a body. */
  readonly clientLeft = (): void => this.stop("clientGone");

  /**
   * Cancels its handler, or the producers of its body. Only the first cause counts, and each cancels but once: several may tell that
   * the client has left, and who cleans up is not to be cancelled again for that.
   */
  stop(cause: StopCause): void {
    if (this.#phase >= ENDING || (this.#stoppedBy & BITS[cause]) !== 0) return;
    this.#stoppedBy |= BITS[cause];
    const message = MESSAGES[cause];
    if (this.#phase === HANDLING) {
      this.cause ??= cause;
      this.task.cancel(message);
      // A handler that waits for a promise of the host hears of it only when that is settled.
      for (const [task, isRead] of this.#held ?? []) if (isRead?.()) this.#stopHeld(task, cause);
      return;
    }
    for (const task of this.#held?.keys() ?? []) this.#stopHeld(task, cause);
  }

  #stopHeld(task: Task<unknown>, cause: StopCause): void {
    const stoppedBy = this.#heldStoppedBy?.get(task) ?? 0;
    if (task.done() || (stoppedBy & BITS[cause]) !== 0) return;
    (this.#heldStoppedBy ??= new Map()).set(task, stoppedBy | BITS[cause]);
    this.cause ??= cause;
    task.cancel(MESSAGES[cause]);
  }

  /** The handler has ended. What it has started ends too, once the body is sent. */
  handled(): void {
    if (this.#phase !== HANDLING) return;
    this.#phase = SENDING;
    this.#stoppedBy = 0;
    if (!this.isHeld()) this.#end();
    else if (this.cause !== null) this.stop(this.cause);
    else this.#owner?.sending(true);
  }

  /** Notes what went wrong. */
  noteFailure(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.error = error;
  }

  /** How it ended, as far as the tasks know. */
  outcome(): Outcome {
    return this.cause ?? (this.hasFailed ? "failed" : "delivered");
  }

  readonly #heldDone = (task: Task<unknown>): void => {
    const held = this.#held as Map<Task<unknown>, unknown>;
    held.delete(task);
    if (!task.cancelled()) {
      const exception = task.exception();
      if (exception !== null) this.#bodyFailed(task, exception);
    } else if (this.cause === null && !this.#unwanted?.has(task)) {
      this.noteFailure(undefined);
    }
    if (held.size === 0 && this.#phase === SENDING) {
      this.#owner?.sending(false);
      this.#end();
    }
  };

  #bodyFailed(task: Task<unknown>, exception: unknown): void {
    this.noteFailure(exception);
    const message = `The body of the response to ${this.task.getName()} failed while it was sent`;
    loopOf(task).callExceptionHandler({ message, exception, task });
  }

  /** Cancels the tasks of the request and waits for them, also for those that they make while they clean up. */
  #end(): void {
    this.#phase = ENDING;
    const children = this.#tasks?.takeUnfinished() ?? [];
    this.#ending = children.length;
    if (children.length === 0) {
      this.#phase = OVER;
      this.#owner?.over();
      return;
    }
    for (const task of children) {
      task.addDoneCallback(this.#childEnded);
      task.cancel("the request is over");
    }
  }

  readonly #childEnded = (): void => {
    if (--this.#ending === 0) this.#end();
  };

  /** Readable form. */
  toString(): string {
    return `<RequestScope of ${this.task.getName()}>`;
  }
}
