/**
 * The task of a request.
 *
 * Its first step is taken in the host's callback. Most handlers end in it, so a request costs a task and nothing more until
 * its handler parks: no promise, no turn of the loop, no signal, no name.
 *
 * @module
 */
import type { Vars } from "../core/contract.ts";
import type { HttpCut, HttpInfo, HttpListener } from "../adapters/adapter.ts";
import { ScopedVars, unreadVars } from "../core/context.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { KeyboardInterrupt, NotSupportedError } from "../core/errors.ts";
import { CANCELLED } from "../core/future.ts";
import type { ListEntry } from "../core/linked_list.ts";
import { lookAtHeaders } from "../adapters/shared/response_headers.ts";
import { discard, gatewayTimeout, internalServerError, serviceUnavailable } from "./fallback_responses.ts";
import { isUpgrade, upgradeHeaders, withoutConnectionHeaders } from "./headers.ts";
import { withoutStaleEncoding } from "./decoded_body.ts";
import { HttpError, malformed } from "./http_error.ts";
import { NamedByRequest } from "./named_by_request.ts";
import { OutcomeWatch } from "./outcome.ts";
import { RequestScope, type ScopeOwner, type UpgradeOptions } from "./request_scope.ts";
import { bodyFault, headerFault, noResponse } from "./response_fault.ts";
import type { RunningServer } from "./running_server.ts";

/** The status of what the host makes of a request that becomes a WebSocket. */
const SWITCHING = 101;

/** The task of a request, and the way of its answer to the host. */
export class RequestTask extends NamedByRequest<unknown> implements ScopeOwner {
  /** @internal Made when something asks for it. */
  scope: RequestScope | null = null;
  /** @internal When its time is over, on the loop's clock; set by the server's deadlines. */
  deadline = 0;
  /** @internal Where it stands among the server's requests in flight, and among those whose time is measured. */
  place: ListEntry<RequestTask> | null = null;
  /** @internal */
  timedPlace: ListEntry<RequestTask> | null = null;
  readonly #host: RunningServer;
  readonly #info: HttpInfo;
  #response: Response | Promise<Response> | null = null;
  #resolve: ((response: Response | Promise<Response>) => void) | null = null;
  #unwatch: (() => void) | null = null;
  #outcome: OutcomeWatch | null = null;
  /** Whether it is one of the requests that the server lets run at once, and waits to be. */
  #counted = false;
  #waiting: ListEntry<RequestTask> | null = null;
  /** Whether the response says how its body is encoded, or something of the connection, and may be wrong. */
  #isEncoded = false;
  #isOfConnection = false;
  /** Whether the server knows it as one in flight. */
  #inFlight = false;

  constructor(source: TaskSource<unknown>, host: RunningServer, request: Request, info: HttpInfo) {
    super(source, host.loop, request);
    this.#host = host;
    this.#info = info;
    this._context = unreadVars();
  }

  /** @internal The scope of the request. */
  ownScope(): RequestScope {
    return this.scope ??= new RequestScope(this.request, this as RequestTask, this.#host, this);
  }

  /** @internal */
  override _makeVars(): Vars {
    const vars = new ScopedVars(this.#host.vars, this.ownScope());
    this._context = vars;
    return vars;
  }

  /** @internal The answer if the handler has ended, or else a promise of it. */
  answer(): Response | Promise<Response> {
    this._beginNow();
    return this.#response ?? this.#park();
  }

  /** @internal The same on a server that limits its requests, or tells how they end. */
  answerTracked(): Response | Promise<Response> {
    const host = this.#host;
    if (host.onOutcome !== null) {
      this.getName();
      this.#outcome = new OutcomeWatch(host, this.ownScope(), this.#info);
    }
    if (host.limit !== null) {
      this.#waiting = host.limit.enter(this);
      this.#counted = this.#waiting === null;
      if (!this.#counted) return this.#park();
    }
    return this.answer();
  }

  /** @internal It has waited long enough: its first step is the loop's. */
  beginLate(): void {
    this.#waiting = null;
    this.#counted = true;
    this._loop._schedule(this);
  }

  /** Asks the task to end, see {@linkcode Task.cancel}. One that has not begun, since the server is tooManyRequests, waits no longer. */
  override cancel(message?: string): boolean {
    const asked = super.cancel(message);
    if (asked && this.#waiting !== null) {
      this.#host.limit?.remove(this.#waiting);
      this.#waiting = null;
      this._loop._schedule(this);
    }
    return asked;
  }

  /** @internal Watches the client, now that the answer takes its time. */
  watch(): void {
    if (this.#response !== null && !(this.scope?.isHeld() && this.scope.watchesClient)) return;
    if (this.#unwatch !== null) return;
    const gone = (): void => this.ownScope().clientLeft();
    this.#unwatch = this.#host.listener?.watchClient(this.request, this.#info, gone) ?? null;
  }

  /** @internal The time of the request is over. Its client hears of it now, whatever the handler still has to clean up. */
  timeOut(): void {
    const scope = this.ownScope();
    if (!scope.isTimed) return;
    this.getName();
    scope.stop("timedOut");
    if (this.#response === null) this.#settle(gatewayTimeout());
  }

  /** @internal */
  override _returned(value: unknown): void {
    super._returned(value);
    if (this._state === CANCELLED) {
      if (value instanceof Response) discard(value);
      this.#cancelled();
    } else if (!(value instanceof Response)) this.#fail(noResponse(value, this));
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

  /** @internal */
  override _raised(error: unknown): void {
    try {
      super._raised(error);
    } finally {
      // A handler that awaits something cancelled, and was not cancelled itself, has failed.
      if (this._state === CANCELLED && this._requests > 0) this.#cancelled(error);
      else this.#fail(error);
      this.#handled();
    }
  }

  /** @internal */
  sending(sending: boolean): void {
    if (sending) this.#host.watchSoon(this);
    else this.#stopWatching();
  }

  /** @internal */
  over(): void {
    const host = this.#host;
    if (this.#inFlight) host.leaves(this);
    if (this.#counted) host.limit?.leave();
    this.#outcome?.over();
  }

  /** @internal */
  checkUpgrade(): void {
    if (this.#host.listener?.upgradeWebSocket !== undefined) return;
    const { adapter } = this.#host.loop;
    throw new NotSupportedError(
      `Cannot upgrade to a WebSocket on "${adapter.name}": this adapter does not offer it. Serve on Deno, Bun or Node.`,
    );
  }

  #park(): Promise<Response> {
    this.#enter();
    // A request is news that the host has of its sockets. Every 64th wake-up would else come a task late, after those that park until
    // then are watched: that was every third.
    this._loop._inHostTask();
    this.#host.watchSoon(this);
    return new Promise((resolve) => this.#resolve = resolve);
  }

  #enter(): void {
    this.#inFlight = true;
    this.#host.enters(this);
  }

  /** The handler has ended and its answer is given. */
  #handled(): void {
    const scope = this.scope;
    if (scope === null) return this.over();
    scope.handled();
    if (scope.isOver()) return;
    if (!this.#inFlight) this.#enter();
    // The answer goes out before the tasks of the request are told to end.
    this._loop._expect();
  }

  /** Why a response cannot be sent. What is wrong with its body the host finds too, and to ask costs something. */
  #faultOf(response: Response): TypeError | null {
    const { unsendable, isEncoded, isOfConnection } = lookAtHeaders(response);
    if (unsendable !== null) return headerFault(response, this);
    this.#isEncoded = isEncoded;
    this.#isOfConnection = isOfConnection;
    return this.#resolve === null && !this.#host.isStrict ? null : bodyFault(response, this);
  }

  #cancelled(error?: unknown): void {
    if (this.scope !== null && this.scope.cause === null) this.scope.noteFailure(error);
    this.#settle(serviceUnavailable());
  }

  #fail(exception: unknown): void {
    this._unread = false;
    if (exception instanceof KeyboardInterrupt) return this.#settle(internalServerError());
    const cut = this.#host.listener?.cutOffBy(exception, this.request) ?? null;
    if (cut === "malformed") return this.#fail(malformed(exception));
    if (this.#isCutOff(cut)) return this.#settle(serviceUnavailable());
    const isAnswer = exception instanceof HttpError;
    if (!isAnswer) this.scope?.noteFailure(exception);
    const late = this.#response !== null;
    const response = late ? undefined : this.#host.answerError(exception, this.request);
    if (response !== undefined) return this.#settle(response);
    if (isAnswer) {
      const answer = exception.getResponse();
      const fault = headerFault(answer, this, "an HttpError makes");
      return fault === null ? this.#settle(answer) : this.#fail(fault);
    }
    this.#settle(internalServerError());
    const message = late
      ? `The handler of ${this.getName()} failed when its time was over; the client had got a 504`
      : `The handler of ${this.getName()} failed; the client got a 500`;
    this._loop.callExceptionHandler({ message, exception, task: this });
  }

  /** Whether an error says no more than that the request is over for others: what it reads from breaks off, and nothing is wrong. */
  #isCutOff(cut: HttpCut | null): boolean {
    if (cut === null || (cut !== "gone" && !this.scope?.cause)) return false;
    if (this.scope?.cause) return true;
    // The handler has heard of it before the server.
    this.ownScope().cause = "clientGone";
    return true;
  }

  /** What the host is given for a response of the handler. */
  #toSend(response: Response): Response | Promise<Response> {
    if (this.#isUpgrade(response)) return this.#upgrade(response);
    if (this.#response !== null) return response;
    if (this.#isOfConnection) response = withoutConnectionHeaders(response);
    if (!this.#isEncoded || this.request.method === "HEAD") return response;
    const watch = (gone: () => void) => this.#host.listener?.watchClient(this.request, this.#info, gone) ?? (() => {});
    return withoutStaleEncoding(response, watch);
  }

  #isUpgrade(response: Response): boolean {
    return !!this.scope?.upgrading && isUpgrade(response);
  }

  /** What the host is given in place of a response that stands for a WebSocket, with the headers that it has got on its way. */
  #upgrade(response: Response): Response | Promise<Response> {
    const options = (this.scope as RequestScope).upgrading as UpgradeOptions;
    if (this.#response !== null) {
      options.events.closed(1006, "");
      return response;
    }
    const listener = this.#host.listener as Required<HttpListener>;
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
    // Something of the request goes on, and its name may be asked for when the host has forgotten the request.
    if (this.scope?.hasTasks()) this.getName();
    this.#outcome?.answered(status);
    if (this.#resolve === null) return;
    this.#stopWatching();
    this.#resolve(response);
  }

  #stopWatching(): void {
    this.#unwatch?.();
    this.#unwatch = null;
  }
}
