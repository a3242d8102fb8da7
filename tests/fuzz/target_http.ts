/**
 * Handlers of each kind, for the fuzzer.
 *
 * @module
 */
import { type Coroutine, fromPromise, sleep } from "@loop/asyncio";
import { readBody, serverSentEvents, streamResponse, upgradeWebSocket } from "@loop/asyncio/http";

const BIG = new Uint8Array(300_000);

/** Answers a request, by its path. */
export function* answer(request: Request): Coroutine<Response> {
  // Every handler of the world does this, so that it has to work.
  const { pathname, search } = new URL(request.url);
  new URL(request.url).searchParams.get("x");
  [...request.headers].forEach(([name, value]) => name + value);
  switch (pathname) {
    case "/slow":
      yield* sleep(5);
      return new Response("slow");
    case "/stream":
      return streamResponse(function* (body) {
        for (let i = 0; i < 5; i++) {
          yield* body.write(BIG.subarray(0, i * 10_000));
          yield* sleep(1);
        }
      });
    case "/events":
      return serverSentEvents(function* (events) {
        for (let i = 0;; i++) {
          yield* events.send({ data: `${i}` });
          yield* sleep(10);
        }
      });
    case "/echo":
      return new Response(request.body);
    case "/late": {
      yield* sleep(2);
      return new Response(yield* fromPromise(request.text().catch(() => "broken")));
    }
    case "/partly": {
      const body = readBody(request, { limit: 50_000 });
      yield* body.read();
      return new Response(BIG);
    }
    case "/fails":
      throw new Error("on purpose");
    case "/hangs":
      // Deno and Node do not see every client leave, see docs/limits.md.
      yield* sleep("Bun" in globalThis ? 60_000 : 500);
      return new Response("at last");
    case "/header":
      return new Response("header", { headers: { "x-header": headerOf(search) } });
    case "/big":
      return new Response(new Uint8Array(5_000_000));
    case "/empty":
      return new Response(null, { status: 204 });
    case "/upgrade":
      return upgradeWebSocket(request, function* (socket) {
        for (;;) yield* socket.send(yield* socket.receive());
      }, { limit: 100_000, heartbeat: 1_000, protocols: ["chat"] });
    default:
      // Whether or not there is a body, nobody reads it.
      return new Response("plain");
  }
}

/** What the client says, as far as a Response takes it. */
function headerOf(search: string): string {
  try {
    const value = decodeURIComponent(search.slice(1));
    new Headers({ "x-header": value });
    return value;
  } catch {
    return "none";
  }
}
