/**
 * Services to try the gateway with: they are slow at times, fail at times, and hang at times.
 *
 * @module
 */
import { type Coroutine, sleep } from "@loop/asyncio";
import { type HttpServer, serve, type ServeHandler } from "@loop/asyncio/http";

/** What a service is like, as shares of its requests. */
interface Mood {
  readonly fails: number;
  readonly hangs: number;
}

const SERVICES: Record<string, readonly Mood[]> = {
  users: [{ fails: 0.1, hangs: 0.2 }, { fails: 0.1, hangs: 0 }],
  orders: [{ fails: 0.2, hangs: 0 }],
  tips: [{ fails: 0.7, hangs: 0.1 }],
};

/** The services while they run. */
export interface Demo extends AsyncDisposable {
  /** Where each of them is found. */
  readonly replicas: Record<string, readonly string[]>;
}

/** Starts them all. */
export function* startDemo(): Coroutine<Demo> {
  const servers: HttpServer[] = [];
  const replicas: Record<string, string[]> = {};
  for (const [name, moods] of Object.entries(SERVICES)) {
    replicas[name] = [];
    for (const mood of moods) {
      const server = yield* serve(service(name, mood), { port: 0, gracePeriod: 0 });
      servers.push(server);
      replicas[name].push(server.url);
    }
  }
  return {
    replicas,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

function service(name: string, { fails, hangs }: Mood): ServeHandler {
  return function* (request) {
    const { pathname } = new URL(request.url);
    yield* sleep(20 + 60 * Math.random());
    const chance = Math.random();
    if (chance < fails) return new Response(null, { status: 503 });
    if (chance < fails + hangs) yield* hang(`${name} ${pathname}`);
    return Response.json({ service: name, path: pathname, at: new Date().toISOString() });
  };
}

/** Whoever has asked will give up, and that ends the work here too. */
function* hang(what: string): Coroutine<void> {
  try {
    console.log(`${what} hangs`);
    yield* sleep(60_000);
  } finally {
    console.log(`${what} was given up`);
  }
}
