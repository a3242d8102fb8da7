/**
 * A small API gateway. One request of a client becomes several to the services behind it, and every one of them ends with it: when the
 * client leaves, when the answer is there without them, when the time is over.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 examples/gateway.ts
 * bun examples/gateway.ts
 * node examples/gateway.ts
 * ```
 *
 * With no more than that it starts flaky services of its own. Try, and leave with Ctrl-C while it works:
 *
 * ```sh
 * curl http://127.0.0.1:8003/overview/7
 * curl http://127.0.0.1:8003/status
 * ```
 *
 * `--upstream orders=http://127.0.0.1:9000,http://127.0.0.1:9001`, once for each of `users`, `orders` and `tips`, names services that run
 * already, each with its replicas. `--hedge` is the number of milliseconds, 150 by default, after which a second replica is asked.
 * `--port` is 8003 by default, 0 for any free one.
 *
 * @module
 */
import { type Coroutine, ExceptionGroup, main, taskGroup, timeout, TimeoutError, use } from "@loop/asyncio";
import { HttpError, serve, type ServeHandler } from "@loop/asyncio/http";
import { readArguments } from "./command_line/arguments.ts";
import { startDemo } from "./gateway/demo.ts";
import { Upstream } from "./gateway/upstream.ts";

/** The services, by name. */
type Upstreams = Record<"users" | "orders" | "tips", Upstream>;

/** Milliseconds for a request of a client, with everything that it leads to. */
const DEADLINE = 5_000;
/** Milliseconds that an answer waits for what it can do without. */
const OPTIONAL = 1_000;
/** Requests of clients that are handled at once; as many wait, and others are sent away. */
const AT_ONCE = 200;

/** The user, the orders and some tips at once. The first two have to come; without tips the answer is still one. */
function* overview({ users, orders, tips }: Upstreams, id: string): Coroutine<unknown> {
  return yield* taskGroup(function* (group) {
    const user = group.createTask(users.get(`/users/${id}`), { name: "user" });
    const bought = group.createTask(orders.get(`/orders/${id}`), { name: "orders" });
    const suggested = group.createTask(orNothing(tips.get(`/tips/${id}`)), { name: "tips" });
    return { user: yield* user, orders: yield* bought, tips: yield* suggested };
  });
}

/** A service that is down or slow is no reason to give no answer. A cancel is no error of a service, so it passes. */
function* orNothing(work: Coroutine<unknown>): Coroutine<unknown> {
  try {
    return yield* timeout(OPTIONAL, () => work);
  } catch (error) {
    if (error instanceof HttpError || error instanceof TimeoutError) return null;
    throw error;
  }
}

function* route(upstreams: Upstreams, path: string): Coroutine<unknown> {
  const [, what = "", id = "", ...rest] = path.split("/");
  if (what === "status") return Object.values(upstreams);
  if (id === "" || rest.length > 0) {
    throw new HttpError(404, "There is /overview/:id, /users/:id, /orders/:id and /status.\n");
  }
  if (what === "overview") return yield* overview(upstreams, id);
  if (what === "users" || what === "orders") return yield* upstreams[what].get(`/${what}/${id}`);
  throw new HttpError(404, `Nothing is called ${what} here.\n`);
}

function gateway(upstreams: Upstreams): ServeHandler {
  return function* (request) {
    return Response.json(yield* route(upstreams, new URL(request.url).pathname));
  };
}

/** When one task of a group fails, the others are cancelled, and the group tells of all. What went wrong first is the answer. */
function answerFailure(error: unknown): Response | undefined {
  const first = error instanceof ExceptionGroup ? error.errors[0] : error;
  return first instanceof HttpError ? first.getResponse() : undefined;
}

/** `["users=http://one,http://two"]` as what it says. */
function parseUpstreams(given: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(given.map((text) => {
    const [name = "", urls = ""] = text.split("=", 2);
    return [name, urls.split(",").filter((url) => URL.canParse(url))];
  }));
}

function* serveFrom(replicas: Record<string, readonly string[]>, port: number, hedgeAfter: number): Coroutine<void> {
  const upstreamOf = (name: keyof Upstreams) => new Upstream(name, replicas[name] ?? [], hedgeAfter);
  const upstreams = { users: upstreamOf("users"), orders: upstreamOf("orders"), tips: upstreamOf("tips") };
  const server = yield* serve(gateway(upstreams), {
    port,
    signals: true,
    gracePeriod: 2_000,
    requestTimeout: DEADLINE,
    maxConcurrency: AT_ONCE,
    onError: answerFailure,
    onListen: ({ url }) => console.log(`Listening on ${url}, try ${url}/overview/7, Ctrl-C ends it.`),
  });
  yield* server.serveForever();
}

const { values } = readArguments("gateway.ts [--port PORT] [--upstream NAME=URL,URL]... [--hedge MS]", {
  options: {
    port: { type: "string", default: "8003" },
    upstream: { type: "string", multiple: true },
    hedge: { type: "string", default: "150" },
  },
});
main(function* () {
  const [port, hedge] = [Number(values.port), Number(values.hedge)];
  if (values.upstream !== undefined) yield* serveFrom(parseUpstreams(values.upstream), port, hedge);
  else yield* use(yield* startDemo(), ({ replicas }) => serveFrom(replicas, port, hedge));
  console.log("Everything is done.");
});
