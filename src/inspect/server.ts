/**
 * What an inspector answers.
 *
 * @module
 */
import type { HttpInfo, HttpListener } from "../adapters/adapter.ts";
import type { HostWebSocketEvents } from "../adapters/web_socket.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { runningLoops } from "../core/current.ts";
import { unfinishedTasks } from "../core/internal.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { formatTree } from "./format_tasks.ts";
import { type Listening, refusalOf } from "./guard.ts";
import type { LivePage } from "./live_page.ts";
import { SnapshotStream } from "./stream.ts";
import { idOf } from "./ids.ts";
import { takeSnapshot, Watch } from "./take_snapshot.ts";
import { LONGEST_MESSAGE, MOST_CLIENTS, WebSocketClients } from "./web_socket_clients.ts";

/** Milliseconds between two pings. */
const HEARTBEAT = 20_000;

/** Nothing that an inspector says is for a cache, for another page, or to be taken for something else than it is. */
const HEADERS: readonly (readonly [string, string])[] = [
  ["cache-control", "no-store"],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-resource-policy", "same-origin"],
  ["x-frame-options", "DENY"],
];

/**
 * The answers of an inspector. They are made in callbacks of the host, not in tasks: what looks at the loop is not among what it sees, and is
 * answered while the loop has no turn.
 *
 * | Request | Answer |
 * | --- | --- |
 * | `GET /` | the live page, for a browser; for others the tree |
 * | `GET /live` | the WebSocket of that page |
 * | `GET /tree` | the tree of the tasks of all loops, as text |
 * | `GET /snapshot` | a `Snapshot` as JSON |
 * | `GET /stream` | a WebSocket with a snapshot every quarter of a second |
 * | `POST /cancel?task=N` | cancels the task with the number |
 */
export class InspectorServer {
  readonly #loop: HostLoop;
  readonly #watch = new Watch();
  readonly #streams = new Set<SnapshotStream>();
  readonly #clients: WebSocketClients;
  /** Loaded when somebody opens it. */
  #page: LivePage | null = null;
  /** Set before the first request can come. */
  listening: Listening = { port: null, token: "" };
  listener: HttpListener | null = null;

  constructor(loop: HostLoop) {
    this.#loop = loop;
    this.#clients = new WebSocketClients(loop.adapter);
  }

  /** Answers a request. Never throws. */
  readonly answer = (request: Request, info: HttpInfo): Response | Promise<Response> => {
    try {
      const refusal = refusalOf(request, this.listening);
      if (refusal !== null) return text(`${refusal.reason}\n`, refusal.status);
      return this.#route(request, info);
    } catch (exception) {
      this.#loop.callExceptionHandler({ message: "The inspector could not answer a request", exception });
      return text("The inspector could not answer. The exception handler of its loop knows why.\n", 500);
    }
  };

  /** Tells everybody who looks on that the loop has ended; returns whether there was somebody. */
  end(): boolean {
    const streams = [...this.#streams];
    for (const stream of streams) stream.end();
    const isWatched = this.#page?.end() ?? false;
    return isWatched || streams.length > 0;
  }

  #route(request: Request, info: HttpInfo): Response | Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const method = pathname === "/cancel" ? "POST" : "GET";
    const routes: Record<string, () => Response | Promise<Response>> = {
      "/": () => request.headers.get("accept")?.includes("text/html") ? this.#document() : text(this.#tree()),
      "/live": () => this.#live(request, info),
      "/tree": () => text(this.#tree()),
      "/snapshot": () => respond(JSON.stringify(this.#take()), 200, "application/json"),
      "/stream": () => this.#stream(request, info),
      "/cancel": () => cancel(Number(searchParams.get("task"))),
    };
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (route === undefined) return text("There is no such page.\n", 404);
    if (request.method !== method) return text(`This takes ${method}.\n`, 405, ["allow", method]);
    return route();
  }

  readonly #take = () => takeSnapshot(loops(), { watch: this.#watch });

  #tree(): string {
    return this.#take().loops.map(({ name, tasks }) => `${name}\n${formatTree(tasks)}\n`).join("\n");
  }

  async #openPage(): Promise<LivePage> {
    const { LivePage } = await import("./live_page.ts");
    return this.#page ??= new LivePage(this.#loop);
  }

  async #document(): Promise<Response> {
    const { LivePage } = await import("./live_page.ts");
    const { html, policy } = LivePage.document;
    return respond(html, 200, "text/html; charset=utf-8", ["content-security-policy", policy]);
  }

  #live(request: Request, info: HttpInfo): Response | Promise<Response> {
    const page = this.#page;
    return page === null
      ? this.#openPage().then((opened) => this.#upgrade(request, info, () => opened.events()))
      : this.#upgrade(request, info, () => page.events());
  }

  #stream(request: Request, info: HttpInfo): Response | Promise<Response> {
    return this.#upgrade(request, info, () => {
      const stream = new SnapshotStream(this.#loop.adapter, this.#take, (stream) => this.#streams.delete(stream));
      this.#streams.add(stream);
      return stream.events;
    });
  }

  #upgrade(request: Request, info: HttpInfo, open: () => HostWebSocketEvents): Response | Promise<Response> {
    const { listener } = this;
    // First: a page whose WebSocket is refused is not told why, and asks without an upgrade.
    if (this.#clients.isFull) {
      return text(`This inspector has ${MOST_CLIENTS} clients already: close one of them.\n`, 503);
    }
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return text("This is a WebSocket: ask for an upgrade.\n", 426, ["upgrade", "websocket"]);
    }
    if (listener?.upgradeWebSocket === undefined) return text("This runtime has no WebSockets.\n", 501);
    return listener.upgradeWebSocket(request, info, {
      protocol: undefined,
      heartbeat: HEARTBEAT,
      headers: [],
      limit: LONGEST_MESSAGE,
      events: this.#clients.limited(open()),
    });
  }
}

function loops(): BaseEventLoop[] {
  return runningLoops() as unknown as BaseEventLoop[];
}

/** Cancels the task with a number. */
function cancel(id: number): Response {
  for (const loop of loops()) {
    for (const task of unfinishedTasks(loop)) {
      if (idOf(task) !== id) continue;
      task.cancel("cancelled by the inspector");
      return text("Cancelled.\n");
    }
  }
  return text("There is no such task any more.\n", 404);
}

function text(body: string, status = 200, ...headers: [string, string][]): Response {
  return respond(body, status, "text/plain; charset=utf-8", ...headers);
}

function respond(body: string, status: number, type: string, ...headers: [string, string][]): Response {
  return new Response(body, {
    status,
    headers: [["content-type", type], ...HEADERS, ...headers] as [string, string][],
  });
}
