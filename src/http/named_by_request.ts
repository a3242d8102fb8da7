/**
 * Tasks that are named after requests.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { Snapshot } from "../core/async_storage.ts";
import type { TaskSource } from "../core/coroutine.ts";
import { SnapshotTask } from "../core/snapshot_task.ts";
import { expectSnapshots } from "../core/task_options.ts";

/** The options of all; the empty name says that it is made when somebody reads it. */
const UNNAMED = { name: "", asyncLocalStorage: false };

/** A task that is named after a request, `GET /path`. It begins when told to. */
export class NamedByRequest<T> extends SnapshotTask<T> {
  /** @internal */
  readonly request: Request;
  /** @internal Set in the first step, which is not the constructor's. */
  override _snapshot: Snapshot | undefined = undefined;
  /** @internal The Context of Hono, for `hono_context.ts`. A slot, since a context variable would cost every request a map. */
  hono: unknown = null;

  constructor(source: TaskSource<T>, loop: BaseEventLoop, request: Request) {
    super(source, loop, UNNAMED);
    expectSnapshots();
    this.request = request;
  }

  /** @internal Not from the constructor: the fields of this class do not exist by then. */
  override _begin(): void {}

  /** @internal Takes the first step at once, if the loop runs. */
  _beginNow(): void {
    super._begin(this._loop.isRunning());
  }

  /** The method and the path, without the query. */
  override getName(): string {
    if (this._name === "") this._name = nameOf(this.request);
    return this._name as string;
  }
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
