/**
 * A span for each task and each request.
 *
 * @module
 */
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { EndedRequest } from "../core/instruments.ts";
import { storedIn } from "../core/internal.ts";
import { hasFailed, runAroundSteps, runInFrameOf } from "../core/lazy_internal.ts";
import { describeCoroutine } from "../core/repr.ts";
import type { Task } from "../core/task.ts";
import { errorTypeOf, methodOf, requestOf, routeOf, schemeOf } from "./request_facts.ts";

/** A span that is open. */
interface Open {
  readonly span: Span;
  /** The span that is active in the task, as long as the program begins none of its own: this one, or else that of where the task was made. */
  readonly active: Span | undefined;
  steps: number;
  busy: number;
}

/** Makes and ends the spans. */
export class TaskSpans {
  readonly #tracer: Tracer;
  readonly #ofTasks: boolean;
  readonly #ofRequests: boolean;
  readonly #open = new Map<Task<unknown>, Open>();

  constructor(tracer: Tracer, ofTasks: boolean, ofRequests: boolean) {
    this.#tracer = tracer;
    this.#ofTasks = ofTasks;
    this.#ofRequests = ofRequests;
  }

  /** A task was made. */
  began(task: Task<unknown>, maker: Task<unknown> | null): void {
    const request = requestOf(task);
    if (request === null ? !this.#ofTasks : !this.#ofRequests) return;
    const here = request === null ? context.active() : contextOfRequest(task);
    const active = trace.getSpan(here);
    const made = maker === null ? undefined : this.#open.get(maker);
    // A span that the program has begun within the maker is nearer than the maker's own.
    const parent = made === undefined || (active !== undefined && active !== made.active) ? active : made.span;
    const above = parent === undefined ? here : trace.setSpan(here, parent);
    const isBelow = parent !== undefined;
    const from = request === null || isBelow ? above : extracted(request, above);
    const span = request === null ? this.#taskSpan(task, from) : this.#requestSpan(request, from, isBelow);
    // What the program begins in the task by itself is then below this one: its own spans, and those of what is instrumented, such as clients.
    const within = trace.setSpan(from, span);
    const isKept = context.with(within, () => context.active()) === within;
    if (isKept) runAroundSteps(task, (step) => context.with(within, step));
    this.#open.set(task, { span, active: isKept ? span : active, steps: 0, busy: 0 });
  }

  #taskSpan(task: Task<unknown>, above: Context): Span {
    const name = task.getName();
    const coroutine = describeCoroutine(task.getCoro() ?? task).replace(/^<|(\(\))?>$/g, "");
    const attributes = { "asyncio.task.name": name, "asyncio.task.coroutine": coroutine };
    // A name that was only numbered would be another one for each.
    return this.#tracer.startSpan(/^Task-\d+$/.test(name) ? coroutine : name, { attributes }, above);
  }

  #requestSpan(request: Request, from: Context, isBelow: boolean): Span {
    const { pathname, hostname, port } = new URL(request.url);
    const method = methodOf(request);
    const attributes: Attributes = {
      "http.request.method": method,
      "url.path": pathname,
      "url.scheme": schemeOf(request),
      "server.address": hostname,
    };
    if (port !== "") attributes["server.port"] = Number(port);
    if (method !== request.method) attributes["http.request.method_original"] = request.method;
    const agent = request.headers.get("user-agent");
    if (agent !== null) attributes["user_agent.original"] = agent;
    const kind = isBelow ? SpanKind.INTERNAL : SpanKind.SERVER;
    return this.#tracer.startSpan(nameOf(request), { kind, attributes }, from);
  }

  /** A task has taken a step, of so many milliseconds. */
  stepped(task: Task<unknown>, took: number): void {
    const open = this.#open.get(task);
    if (open === undefined) return;
    open.steps++;
    open.busy += took;
  }

  /** A task is done. The span of a request goes on until nothing of that is left. */
  taskEnded(task: Task<unknown>): void {
    const open = this.#open.get(task);
    if (open === undefined) return;
    open.span.setAttributes({ "asyncio.task.steps": open.steps, "asyncio.task.busy": open.busy / 1_000 });
    if (requestOf(task) !== null) return;
    this.#open.delete(task);
    if (task.cancelled()) open.span.setAttribute("asyncio.task.cancelled", true);
    else {
      const error = failureOf(task);
      if (error !== null) fail(open.span, error.thrown);
    }
    open.span.end();
  }

  /** Nothing of a request is left. */
  requestEnded(request: EndedRequest): void {
    const { task, outcome, status } = request;
    const open = this.#open.get(task);
    if (open === undefined) return;
    this.#open.delete(task);
    const { span } = open;
    const route = routeOf(request);
    span.setAttribute("asyncio.request.outcome", outcome);
    if (route !== undefined) {
      span.updateName(`${nameOf(request.request)} ${route}`);
      span.setAttribute("http.route", route);
    }
    if (status !== null) span.setAttribute("http.response.status_code", status);
    const error = failureOf(task);
    const type = errorTypeOf(request);
    if (error !== null && outcome === "failed") fail(span, error.thrown);
    else if (type !== null) {
      span.setAttribute("error.type", type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  /** Nobody wants to know any more. */
  stop(): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { span } of open) span.end();
  }
}

/** What a request comes in. The span in which the program has run its loop, such as one of its start, is above no request of a client. */
function contextOfRequest(task: Task<unknown>): Context {
  const here = context.active();
  const span = trace.getSpan(here);
  if (span === undefined) return here;
  const around = runInFrameOf(task.getLoop(), () => trace.getSpan(context.active()));
  return span === around ? trace.deleteSpan(here) : here;
}

/** The trace that a client says it is in. */
function extracted(request: Request, above: Context): Context {
  return propagation.extract(above, request.headers, {
    get: (headers, key) => headers.get(key) ?? undefined,
    keys: (headers) => [...headers.keys()],
  });
}

/** What the span of a request is named after, as the conventions have it: of methods that nobody knows there may be any number. */
function nameOf(request: Request): string {
  const method = methodOf(request);
  return method === "_OTHER" ? "HTTP" : method;
}

/** What a task has failed with; null if it has not. That it is told here does not count as having read it. */
function failureOf(task: Task<unknown>): { readonly thrown: unknown } | null {
  return task.cancelled() || !hasFailed(task) ? null : { thrown: storedIn(task) };
}

function fail(span: Span, thrown: unknown): void {
  const error = errorOf(thrown);
  span.recordException(error);
  span.setAttribute("error.type", error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** The error to tell of. What was thrown is of others, and may be anything, even what has no text. */
function errorOf(thrown: unknown): Error {
  try {
    if (!(thrown instanceof Error)) return new Error(String(thrown));
    return [thrown.name, thrown.message, thrown.stack ?? ""].every((text) => typeof text === "string")
      ? thrown
      : new Error("an error whose name, message or stack is no text");
  } catch {
    return new Error("an exception that cannot be described");
  }
}
