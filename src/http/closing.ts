/**
 * How a server ends: it stops accepting, lets what runs finish, cancels what does not within the grace period, and cuts what is left
 * when that time has passed once more.
 *
 * @module
 */
import type { TimerHandle } from "../core/handle.ts";
import { forgetTask } from "../core/lazy_internal.ts";
import type { RunningServer } from "./running_server.ts";
import { drawTasks } from "./task_tree.ts";

/** Milliseconds for the answers of cancelled requests to reach their clients before the connections are cut. */
const CUT_DELAY = 100;

/** The end of one server. */
export class Closing {
  readonly #server: RunningServer;
  readonly #gracePeriod: number;
  readonly #closed: () => void;
  #timer: TimerHandle | null = null;
  #cut: TimerHandle | null = null;
  #cancelled = false;
  #forced = false;
  #isCut = false;
  #hostClosed = false;
  #isOverdue = false;
  #over = false;

  /** The callback is called once, when the server has closed. */
  constructor(server: RunningServer, gracePeriod: number, closed: () => void) {
    this.#server = server;
    this.#gracePeriod = gracePeriod;
    this.#closed = closed;
  }

  /** Begins. Given now, the connections are cut at once, and what runs is cancelled. */
  begin(now: boolean): void {
    const listener = this.#server.listener;
    // In this order: not every host can cut what it has begun to close.
    if (now) this.#cutHost();
    if (listener === null) this.#hostClosed = true;
    else listener.close().then(this.#hostHasClosed, this.#hostHasFailed);
    if (now) this.#cancel();
    else this.#timer = this.#server.loop.callLater(this.#gracePeriod, this.#graceOver);
    this.check();
  }

  /** Cuts the connections of a server that has begun to close, and cancels what runs. */
  hurry(): void {
    this.#cutHost();
    if (this.#cancelled) return;
    this.#timer?.cancel();
    this.#cancel();
    this.check();
  }

  /** Whether connections were cut. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Something has ended. */
  check(): void {
    if (this.#over) return;
    const idle = this.#server.isIdle();
    if (this.#forced ? this.#hostClosed || this.#isOverdue : this.#hostClosed && idle) this.#finish();
    // The host still sends what no task produces, or a client does not take it.
    else if (idle && this.#cancelled && !this.#forced) {
      this.#cut ??= this.#server.loop.callLater(CUT_DELAY, this.#cutHost);
    }
  }

  /** The loop has closed: nothing can be waited for any more. */
  end(): void {
    if (!this.#over) this.#finish();
  }

  readonly #graceOver = (): void => {
    const server = this.#server;
    this.#timer = null;
    if (!server.isIdle()) {
      this.#report(`${server} cancelled what was not done after the grace period of ${this.#gracePeriod} ms`);
    }
    this.#cancel();
    this.check();
  };

  #cancel(): void {
    this.#cancelled = true;
    const server = this.#server;
    for (const request of server.requests()) request.ownScope().stop("shutdown");
    for (const task of server.background.running()) task.cancel("server closed");
    this.#timer = server.loop.callLater(Math.max(this.#gracePeriod, CUT_DELAY), this.#force);
  }

  readonly #force = (): void => {
    const server = this.#server;
    this.#timer = null;
    this.#forced = true;
    if (!server.isIdle()) {
      this.#report(`${server} closed without waiting for what does not end though it was cancelled`);
    }
    // The loop does not wait for them either when it ends.
    for (const request of server.requests()) {
      for (const task of [request.task, ...request.ownScope().running().keys()]) {
        if (!task.done()) forgetTask(server.loop, task);
      }
    }
    for (const task of server.background.running()) forgetTask(server.loop, task);
    this.#cutHost();
    // A host may never tell that the last connection has ended, and is not waited for any longer than it takes to cut them all.
    this.#cut?.cancel();
    this.#cut = server.loop.callLater(CUT_DELAY, this.#overdue);
    this.check();
  };

  readonly #overdue = (): void => {
    this.#isOverdue = true;
    if (!this.#hostClosed) {
      const message = `${this.#server} closed without waiting for connections that the runtime has not cut`;
      this.#server.loop.callExceptionHandler({ message });
    }
    this.check();
  };

  readonly #cutHost = (): void => {
    this.#isCut = true;
    // Not every host can cut what it has begun to send.
    if (this.#forced) { for (const request of this.#server.requests()) request.scope?.cut(); }
    this.#server.listener?.abort();
  };

  #report(what: string): void {
    const requests = this.#server.requests();
    const background = this.#server.background;
    const tasks = [...requests.map(({ task }) => task), ...background.running()];
    const counts = `${requests.length} request(s)${
      background.size > 0 ? `, ${background.size} background task(s)` : ""
    }`;
    const tree = drawTasks(requests, background.running());
    const context = { message: `${what}: ${counts}\n${tree}` };
    // For handlers that want more than the words. The tree is what is to be printed of them.
    Object.defineProperty(context, "tasks", { value: tasks });
    this.#server.loop.callExceptionHandler(context);
  }

  readonly #hostHasClosed = (): void => {
    this.#hostClosed = true;
    this.check();
  };

  readonly #hostHasFailed = (exception: unknown): void => {
    this.#server.loop.callExceptionHandler({ message: `${this.#server} could not close as it should`, exception });
    this.#hostHasClosed();
  };

  #finish(): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#cut?.cancel();
    this.#closed();
  }
}
