/**
 * A request of a server, and its task.
 *
 * The task's first step is taken in the host's callback. Most handlers end in it, so a request costs a task and what it tells, and nothing more
 * until its handler parks: no promise, no turn of the loop, no signal, no name.
 *
 * @module
 */
import type { HttpAddress, HttpAnswer, HttpAnswers, HttpCut, HttpInfo, HttpListener } from "../adapters/adapter.ts";
import { PlainAnswer } from "../adapters/shared/http_answer.ts";
import { lookAtHeaders, withoutConnectionHeaders } from "../adapters/shared/response_headers.ts";
import { isResponse } from "../adapters/shared/response_kind.ts";
import { ScopedVars } from "../core/context.ts";
import type { Vars } from "../core/contract.ts";
import { KeyboardInterrupt, NotSupportedError, RuntimeError } from "../core/errors.ts";
import { expectMicrotasks } from "../core/internal.ts";
import { beginTask, createTaskWithHooks, inHostTask, observerOf } from "../core/lazy_internal.ts";
import type { ListEntry, ListNode } from "../core/lists.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import type { WatchClient } from "./decoded_body.ts";
import {
  answerError,
  bodyFault,
  discard,
  gatewayTimeout,
  headerFault,
  internalServerError,
  noResponse,
  serviceUnavailable,
} from "./fallback_responses.ts";
import type { ServeInfo } from "./handle_request.ts";
import { isUpgrade, upgradeHeaders } from "./headers.ts";
import { HttpError, malformed } from "./http_error.ts";
import { type Outcome, OutcomeReport } from "./outcome.ts";
import { RequestHooks } from "./request_hooks.ts";
import { type ConcurrencyLimit, inTurn, type Turn } from "./request_limits.ts";
import { RequestScope, type ScopeOwner, type UpgradeOptions } from "./request_scope.ts";
import type { RunningServer } from "./running_server.ts";

/** The status of what the host makes of a request that becomes a WebSocket. */
const SWITCHING = 101;

/** Few responses say how their body is encoded. */
async function withoutStaleEncoding(response: Response, watch: WatchClient): Promise<Response> {
  const decoded = await import("./decoded_body.ts");
  return await decoded.withoutStaleEncoding(response, watch);
}

/** A request that is handled by a task: what the task is asked and tells, and the way of the answer to the server. */
export class HandledRequest extends RequestHooks implements ServeInfo, ScopeOwner, ListNode<HandledRequest> {
  /** Made when something asks for it. */
  scope: RequestScope | null = null;
  /** When its time is over, on the loop's clock; set by the server's deadlines. */
  deadline = 0;
  /** Its neighbours among the server's requests in flight. */
  before: HandledRequest | null = null;
  after: HandledRequest | null = null;
  /** Where it stands among those whose time is measured. */
  timedPlace: ListEntry<HandledRequest> | null = null;
  readonly #server: RunningServer;
  readonly #info: HttpInfo;
  #task: Task<unknown> | null = null;
  #response: Response | Promise<Response> | null = null;
  /** What the host has in place of a response, if the handler waits. */
  #answer: HttpAnswer | null = null;
  #unwatch: (() => void) | null = null;
  #report: OutcomeReport | null = null;
  /** Its turn among those that the server handles at once, if that is limited. */
  #turn: Turn | null = null;
  /** Whether the response says how its body is encoded, or something of the connection, and may be wrong. */
  #isEncoded = false;
  #isOfConnection = false;
  /** Whether the server knows it as one in flight. */
  #isInFlight = false;
  /** The status of its answer; 0 as long as it has none. */
  #status = 0;
  /** Whether its handler has failed. */
  #hasFailed = false;

  constructor(server: RunningServer, request: Request, info: HttpInfo) {
    super(request);
    this.#server = server;
    this.#info = info;
  }

  /** Where the client is; handlers are told. */
  get remoteAddr(): HttpAddress {
    const { listener } = this.#server;
    if (listener === null) {
      throw new RuntimeError("Cannot tell the client's address yet: the server has only begun to listen.");
    }
    return listener.clientAddr(this.request, this.#info);
  }

  get beginsAtOnce(): boolean {
    return true;
  }

  /** The task; there is one once it is answered. */
  get task(): Task<unknown> {
    return this.#task as Task<unknown>;
  }

  /** The scope of the request. */
  ownScope(): RequestScope {
    return this.scope ??= new RequestScope(this.request, this.task, this.#server, this);
  }

  makeVars(): Vars {
    return new ScopedVars(this.#server.vars, this.ownScope());
  }

  /** Runs what answers it in a task. Returns the answer if that has ended at once, or else a promise of it. */
  answer(source: Coroutine<unknown>, answers: HttpAnswers | undefined): Response | Promise<Response> {
    const task = this.#task = createTaskWithHooks(source, this.#server.loop, this);
    if (this.#server.isTracked) this.#track();
    beginTask(task, true);
    return this.#response ?? this.#park(answers);
  }

  /** The same on a server that limits its requests: the source begins when it is their turn. */
  answerInTurn(
    source: Coroutine<unknown>,
    limit: ConcurrencyLimit,
    answers: HttpAnswers | undefined,
  ): Response | Promise<Response> {
    const turn = this.#turn = limit.takeTurn();
    return this.answer(turn.hasCome ? source : inTurn(turn, source), answers);
  }

  #track(): void {
    if (this.#server.onOutcome === null) return;
    this.getName();
    this.#report = new OutcomeReport(this.#server, this.ownScope(), this.#info);
  }

  /** Watches the client, now that the answer takes its time. */
  watch(): void {
    if (this.#response !== null && !(this.scope?.isHeld() && this.scope.watchesClient)) return;
    if (this.#unwatch !== null) return;
    const gone = (): void => this.ownScope().clientLeft();
    this.#unwatch = this.#server.listener?.watchClient(this.request, this.#info, gone) ?? null;
  }

  /** The time of the request is over. Its client hears of it now, whatever the handler still has to clean up. */
  timeOut(): void {
    const scope = this.ownScope();
    if (!scope.isTimed) return;
    this.getName();
    scope.stop("timedOut");
    if (this.#response === null) this.#settle(gatewayTimeout());
  }

  returned(task: Task<unknown>, value: unknown): void {
    if (task.cancelled()) {
      if (value instanceof Response) discard(value);
      this.#cancelled();
    } else if (!isResponse(value)) this.#fail(noResponse(value, this));
    else {
      const fault = this.#faultOf(value);
      if (fault === null) this.#settle(this.#toSend(value), this.#isUpgrade(value) ? SWITCHING : value.status);
      else {
        if (this.scope !== null) this.scope.isUnsent = true;
        discard(value);
        this.#fail(fault);
      }
    }
    this.#handled();
  }

  raised(task: Task<unknown>, error: unknown): void {
    // A handler that awaits something cancelled, and was not cancelled itself, has failed.
    if (task.cancelled() && task.cancelling() > 0) this.#cancelled(error);
    else {
      // It is heard of here.
      if (!task.cancelled()) task.exception();
      this.#fail(error);
    }
    this.#handled();
  }

  sending(sending: boolean): void {
    if (sending) this.#server.watchSoon(this);
    else this.#stopWatching();
  }

  over(): void {
    const server = this.#server;
    if (this.#isInFlight) server.leaves(this);
    if (this.#turn !== null) server.limit?.endTurn(this.#turn);
    this.#report?.over();
    observerOf(server.loop)?.requestEnded(this);
  }

  /** How it ended, for instruments: what the host tells later of a body that it sends is not waited for. */
  get outcome(): Outcome {
    const { scope } = this;
    return scope?.cause ?? (this.#hasFailed || scope?.hasFailed === true ? "failed" : "delivered");
  }

  /** The status of the answer, for instruments; null if there was none to send. */
  get status(): number | null {
    return this.scope?.cause === "clientGone" ? null : this.scope?.status ?? this.#status;
  }

  checkUpgrade(): void {
    if (this.#server.listener?.upgradeWebSocket !== undefined) return;
    const { adapter } = this.#server.loop;
    throw new NotSupportedError(
      `Cannot upgrade to a WebSocket on "${adapter.name}": this adapter does not offer it. Serve on Deno, Bun or Node.`,
    );
  }

  #park(answers: HttpAnswers | undefined): Promise<Response> {
    this.#enter();
    // A request is news that the host has of its sockets. Every 64th wake-up would else come a task late, after those that park until
    // then are watched: that was every third.
    inHostTask(this.#server.loop);
    const answer = this.#answer = answers === undefined ? new PlainAnswer() : answers.later(this.request, this.#info);
    return answer.promise;
  }

  #enter(): void {
    this.#isInFlight = true;
    this.#server.enters(this);
  }

  /** The handler has ended, and the host has its answer. */
  #handled(): void {
    const scope = this.scope;
    if (scope === null) return this.over();
    scope.handled();
    if (scope.isOver()) return;
    if (!this.#isInFlight) this.#enter();
    // The answer goes out before the tasks of the request are told to end.
    expectMicrotasks(this.#server.loop);
  }

  /** Why a response cannot be sent. What is wrong with its body the host finds too, and to ask costs something. */
  #faultOf(response: Response): TypeError | null {
    const { unsendable, isEncoded, isOfConnection } = lookAtHeaders(response);
    if (unsendable !== null) return headerFault(response, this);
    this.#isEncoded = isEncoded;
    this.#isOfConnection = isOfConnection;
    return this.#answer === null && !this.#server.isStrict ? null : bodyFault(response, this);
  }

  #cancelled(error?: unknown): void {
    this.#hasFailed = true;
    if (this.scope !== null && this.scope.cause === null) this.scope.noteFailure(error);
    this.#settle(serviceUnavailable());
  }

  /** What is called of the user's has each AsyncLocalStorage as the handler has it. */
  #fail(exception: unknown): void {
    if (this.aroundStep === null) this.#failHere(exception);
    else this.aroundStep(() => this.#failHere(exception));
  }

  #failHere(exception: unknown): void {
    if (exception instanceof KeyboardInterrupt) return this.#settle(internalServerError());
    const cut = this.#server.listener?.cutOffBy(exception, this.request) ?? null;
    if (cut === "malformed") return this.#failHere(malformed(exception));
    if (this.#isCutOff(cut)) return this.#settle(serviceUnavailable());
    const isAnswer = exception instanceof HttpError;
    this.#hasFailed = !isAnswer;
    if (!isAnswer) this.scope?.noteFailure(exception);
    const late = this.#response !== null;
    const response = late ? undefined : answerError(this.#server, exception, this.request);
    if (response !== undefined) return this.#settle(response);
    if (isAnswer) {
      const answer = exception.getResponse();
      const fault = headerFault(answer, this, "an HttpError makes");
      return fault === null ? this.#settle(answer) : this.#failHere(fault);
    }
    this.#settle(internalServerError());
    const message = late
      ? `The handler of ${this.getName()} failed when its time was over; the client had got a 504`
      : `The handler of ${this.getName()} failed; the client got a 500`;
    this.#server.loop.callExceptionHandler({ message, exception, task: this.task });
  }

  /** Whether an error says no more than that the request is over for others: what it reads from breaks off, and nothing is wrong. */
  #isCutOff(cut: HttpCut | null): boolean {
    if (cut === null || (cut !== "gone" && !this.scope?.cause)) return false;
    if (this.scope?.cause) return true;
    // The handler has heard of it before the server.
    this.ownScope().cause = "clientGone";
    return true;
  }

  /** What the host gets for a response of the handler. */
  #toSend(response: Response): Response | Promise<Response> {
    if (this.#isUpgrade(response)) return this.#upgrade(response);
    if (this.#response !== null) return response;
    if (this.#isOfConnection) response = withoutConnectionHeaders(response);
    if (!this.#isEncoded || this.request.method === "HEAD") return response;
    const watch = (gone: () => void) =>
      this.#server.listener?.watchClient(this.request, this.#info, gone) ?? (() => {});
    return withoutStaleEncoding(response, watch);
  }

  #isUpgrade(response: Response): boolean {
    return !!this.scope?.upgrading && isUpgrade(response);
  }

  /** What the host gets in place of a response that stands for a WebSocket, with the headers that it has got on its way. */
  #upgrade(response: Response): Response | Promise<Response> {
    const options = (this.scope as RequestScope).upgrading as UpgradeOptions;
    if (this.#response !== null) {
      options.events.closed(1006, "");
      return response;
    }
    const listener = this.#server.listener as Required<HttpListener>;
    const headers = upgradeHeaders(response);
    return listener.upgradeWebSocket(this.request, this.#info, { ...options, headers });
  }

  #settle(response: Response): void;
  #settle(response: Response | Promise<Response>, status: number): void;
  #settle(response: Response | Promise<Response>, status = (response as Response).status): void {
    if (this.#response !== null) {
      if (response instanceof Response) discard(response);
      return;
    }
    this.#response = response;
    this.#status = status;
    // Something of the request goes on, and its name may be asked for when the host has forgotten the request.
    if (this.scope?.hasTasks()) this.getName();
    this.#report?.answered(status, response);
    const answer = this.#answer;
    if (answer === null) return;
    this.#stopWatching();
    if (response instanceof Promise) response.then((response) => answer.give(response));
    else answer.give(response);
  }

  #stopWatching(): void {
    this.#unwatch?.();
    this.#unwatch = null;
  }
}
