/**
 * What the task of a request has in place of a class of its own.
 *
 * @module
 */
import { printsAsText } from "../core/repr.ts";
import { hooksOf } from "../core/lazy_internal.ts";
import type { Task } from "../core/task.ts";
import { type AroundStep, expectSnapshots, type TaskHooks } from "../core/task_options.ts";

/** The hooks of a task that answers a request: it is named after that, `GET /path`, and carries each AsyncLocalStorage. */
export abstract class RequestHooks implements Omit<TaskHooks, "makeVars"> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** The request. */
  readonly request: Request;
  aroundStep: AroundStep | null = null;
  /** The Context of Hono, for `currentContext()`. A slot, since a context variable would cost every request a map. */
  hono: unknown = null;
  #name: string | null = null;

  constructor(request: Request) {
    expectSnapshots();
    this.request = request;
  }

  abstract returned(task: Task<unknown>, value: unknown): void;
  abstract raised(task: Task<unknown>, error: unknown): void;

  get carriesStorage(): boolean {
    return true;
  }

  /** The method and the path, without the query. */
  getName(): string {
    return this.#name ??= nameOf(this.request);
  }

  setName(name: string): void {
    this.#name = name;
  }

  /** Readable form, for handlers that print what they are told of the request. */
  toString(): string {
    return `<Request ${this.getName()}>`;
  }
}

/** The hooks of a task if it answers a request, or else null. */
export function requestHooksOf(task: Task<unknown>): RequestHooks | null {
  const hooks = hooksOf(task);
  return hooks instanceof RequestHooks ? hooks : null;
}

/** What people call a request. */
export function nameOf(request: Request): string {
  let method: string;
  let url: string;
  try {
    ({ method, url } = request);
  } catch {
    // Deno forgets what nobody has asked for when the request is over.
    return "a request";
  }
  // Parsing the URL would cost more than the whole task.
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.slice(start).search(/[?#]/);
  return `${method} ${start < 0 ? "/" : end < 0 ? url.slice(start) : url.slice(start, start + end)}`;
}
