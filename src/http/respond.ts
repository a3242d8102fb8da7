/**
 * The task that produces the body of a response.
 *
 * @module
 */
import { selfEnding } from "../adapters/shared/http.ts";
import { setImmediate } from "../adapters/shared/timers.ts";
import { CancelledError, isCancelled } from "../core/errors.ts";
import { type Snapshot, takeSnapshot } from "../core/current_code.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { snapshotVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { beginTask, contextWith, createTaskWithHooks } from "../core/lazy_internal.ts";
import { runningLoop } from "../core/running.ts";
import { loopOf } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import type { AroundStep, TaskHooks } from "../core/task_options.ts";
import { runningScope } from "./current_request.ts";
import { brokenOff } from "./fallback_responses.ts";
import type { RequestScope } from "./request_scope.ts";
import { BodyFlush, BodyWait, ResponseBody } from "./response_body.ts";
import { borrowLoop } from "./shared_loop.ts";

/** What fills a body. It runs in the task of the body. */
export type Fill = (body: ResponseBody, scope: RequestScope | null) => Coroutine<unknown>;

/** The statuses of responses that have no body. */
const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** The options of {@linkcode respond}. */
export interface RespondOptions {
  /** Whether the time that the server gives to a request is the body's as well. */
  readonly timed: boolean;
}

/**
 * Makes a response whose body a task produces. In a request it is a part of that, which is not over before; elsewhere it runs
 * on the loop that runs, or on the shared one. It does not begin before somebody reads.
 */
export function respond(fill: Fill, init: ResponseInit | undefined, options: RespondOptions): Response {
  const status = init?.status ?? 200;
  // Not every host refuses that by itself, and none reads such a body.
  if (NO_BODY.has(status)) {
    throw new TypeError(
      `Cannot stream a body with the status ${status}: such a response has none. Return new Response(null, …).`,
    );
  }
  const scope = runningScope();
  // Not every host leaves the body of such a response alone, and to none at all they give the length 0.
  if (scope?.request.method === "HEAD") return new Response(unknownLength(), init);
  const production = scope === null ? new LateProduction(fill) : new RequestProduction(fill, scope);
  const response = new Response(production.body.readable, init);
  production.answers(options);
  return response;
}

/** An empty body whose end comes too late for a host to say its length. */
function unknownLength(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** What the task that does a part of a request beside the handler has in place of a class of its own. */
class PartHooks implements TaskHooks {
  readonly carriesStorage = true;
  readonly makeVars = null;
  aroundStep: AroundStep | null;
  readonly #part: string;
  readonly #handler: Task<unknown> | null;
  #name: string | null = null;

  constructor(part: string, handler: Task<unknown> | null, aroundStep: AroundStep | null) {
    this.#part = part;
    this.#handler = handler;
    this.aroundStep = aroundStep;
  }

  /** What it does for which request. */
  getName(): string {
    return this.#name ??= `${this.#part} of ${this.#handler?.getName() ?? "a response"}`;
  }

  setName(name: string): void {
    this.#name = name;
  }

  returned(): void {}

  raised(): void {}
}

/** Makes the task of a part of a request, such as `"body"`, which has the context and each AsyncLocalStorage of here. */
export function createPartTask(source: Coroutine<undefined>, part: string, handler: Task<unknown>): Task<unknown> {
  const task = createTaskWithHooks<unknown>(source, loopOf(handler), new PartHooks(part, handler, null));
  beginTask(task, false);
  return task;
}

/** The body of a request's response. */
class RequestProduction {
  readonly body: ResponseBody;
  readonly #fill: Fill;
  readonly #scope: RequestScope;
  #task: Task<unknown> | null = null;
  #unused = false;

  constructor(fill: Fill, scope: RequestScope) {
    this.#fill = fill;
    this.#scope = scope;
    this.body = new ResponseBody({
      begun: () => this.body.wakeUp(),
      gone: () => this.#left(),
      soon: (callback) => soon(loopOf(scope.task), callback),
    });
  }

  answers({ timed }: RespondOptions): void {
    const scope = this.#scope;
    const handler = scope.task;
    const task = this.#task = createPartTask(this.#run(), "body", handler);
    selfEnding.set(this.body.readable, this.body);
    // Before the scope hears of it, and the request is over.
    task.addDoneCallback(() => this.#ended());
    scope.hold(task, { timed, isRead: () => this.body.begun, cut: () => this.#break() });
    handler.addDoneCallback(() => {
      if (this.body.begun) return this.#handlerEnded(handler);
      if (this.#isAnswer(handler)) return;
      this.#unused = true;
      this.body.wakeUp();
    });
  }

  *#run(): Coroutine<undefined> {
    yield* new Begin(this.body, () => this.#unused);
    if (this.#unused) return undefined;
    return yield* produce(this.body, this.#fill, this.#scope, (error) => this.#break(error));
  }

  /** What a handler that has failed has read of it is no answer, and nobody reads the rest. */
  #handlerEnded(handler: Task<unknown>): void {
    if (this.#scope.cause === null && (handler.cancelled() || handler.exception() !== null)) {
      this.#scope.release(this.#task as Task<unknown>);
    }
  }

  /**
   * Breaks it off, with an error for the handler that reads it, or for who passes it on. The host would print one beside the report that the
   * scope makes. While nothing of it is sent the client gets what it gets for a handler that ends so.
   */
  #break(cause: unknown = new CancelledError("the body was broken off")): void {
    const scope = this.#scope;
    const stopped = scope.cause === "timedOut" ? 504 : 503;
    const status = isCancelled(cause) ? stopped : 500;
    const error = this.body.isWithHost ? undefined : cause;
    if (!this.body.break(error, status)) return;
    brokenOff.set((scope.upToServer().at(-1) as RequestScope).request, { error, status });
  }

  #ended(): void {
    const { body } = this;
    const scope = this.#scope;
    const handler = scope.task;
    const isAnswer = body.isWithHost || (!this.#unused && handler.done() && this.#isAnswer(handler));
    // One that was cancelled before it began has no end yet, and may still be sent.
    if (!this.#unused) this.#break();
    if (!isAnswer) return;
    scope.bytes = body.bytes;
    if (body.isUnsent) scope.status = scope.cause === "clientGone" ? null : body.instead;
  }

  /** Whether the response, or another one with the same body, is what the handler has returned, or what it is made of. */
  #isAnswer(handler: Task<unknown>): boolean {
    const { readable } = this.body;
    if (this.#scope.isUnsent || handler.cancelled() || handler.exception() !== null) return false;
    if (readable.locked) return true;
    const answer = handler.result();
    return answer instanceof Response && answer.body === readable;
  }

  #left(): void {
    const task = this.#task as Task<unknown>;
    if (task.done() || this.#scope.isUnsent) return;
    // While the handler runs it can only be the handler that throws the body away.
    if (this.#scope.task.done()) return this.#scope.clientLeft();
    this.#scope.release(task);
  }
}

/** The body of a response that belongs to no request of a server: its task is made when somebody reads. */
class LateProduction {
  readonly body: ResponseBody;
  readonly #fill: Fill;
  readonly #loop: BaseEventLoop | null = runningLoop();
  readonly #vars: Vars = snapshotVars();
  readonly #snapshot: Snapshot = takeSnapshot();
  #task: Task<unknown> | null = null;

  constructor(fill: Fill) {
    this.#fill = fill;
    this.body = new ResponseBody({
      begun: () => this.#begin(),
      gone: () => this.#task?.cancel("client left"),
      soon: (callback) => soon(loopOf(this.#task as Task<unknown>), callback),
    });
  }

  answers(_options: RespondOptions): void {}

  #begin(): void {
    const running = this.#loop?.isRunning() === true ? this.#loop : null;
    const { loop, leave } = running === null ? borrowLoop() : { loop: running, leave: undefined };
    const context = contextWith(this.#vars);
    const hooks = new PartHooks("body", null, this.#snapshot as AroundStep);
    const source = produce(this.body, this.#fill, null, (error) => this.body.break(error));
    const task = createTaskWithHooks<unknown>(source, loop, hooks, context);
    beginTask(task, false);
    task.addDoneCallback(() => {
      leave?.();
      if (task.cancelled()) return;
      const exception = task.exception();
      if (exception === null) return;
      loop.callExceptionHandler({ message: "The body of a response failed while it was read", exception, task });
    });
    this.#task = task;
  }
}

/** Calls back when a loop has run what is ready; when the host has had its turn if it does not run any more. */
function soon(loop: BaseEventLoop, callback: () => void): void {
  if (loop.isRunning()) loop.callSoon(callback);
  else setImmediate(callback);
}

function* produce(
  body: ResponseBody,
  fill: Fill,
  scope: RequestScope | null,
  failed: (error: unknown) => void,
): Coroutine<undefined> {
  try {
    yield* fill(body, scope);
    body.end();
    yield* new BodyFlush(body);
    return undefined;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** Until somebody reads, or it is clear that nobody will. */
class Begin extends BodyWait {
  readonly #unused: () => boolean;

  constructor(body: ResponseBody, unused: () => boolean) {
    super(body);
    this.#unused = unused;
  }

  isOver(): boolean {
    return this.body.begun || this.body.gone || this.#unused();
  }

  override methodName(): string {
    return "begin";
  }
}
