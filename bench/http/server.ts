/**
 * A Hono app with one route: `server.ts bare|module first|parks` prints its port. `bare` is the runtime's own server, `module` is
 * `serve` and `handler`. The handler ends in its first step, or parks once.
 *
 * @module
 */
import { argv } from "node:process";
import { run, sleep } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { handler } from "../../src/hono/mod.ts";
import { load } from "../peers/packages.ts";

const { Hono } = await load<typeof import("hono")>("hono");
const [server, kind] = argv.slice(2);
const app = new Hono();

if (server === "bare") {
  if (kind === "first") app.get("/", (c) => c.text("hello"));
  else {
    app.get("/", async (c) => {
      await null;
      return c.text("hello");
    });
  }
  serveBare(app.fetch);
} else {
  if (kind === "first") {
    app.get(
      "/",
      // deno-lint-ignore require-yield
      handler(function* (c) {
        return c.text("hello");
      }),
    );
  } else {
    app.get(
      "/",
      handler(function* (c) {
        yield* sleep(0);
        return c.text("hello");
      }),
    );
  }
  await run(function* () {
    const server = yield* serve(app.fetch, { port: 0 });
    console.log(server.port);
    yield* server.serveForever();
  });
}

function serveBare(fetch: (request: Request) => Response | Promise<Response>): void {
  const hostname = "127.0.0.1";
  if ("Deno" in globalThis) {
    // The handler takes the request alone: it would see the runtime's second argument as its environment.
    Deno.serve({ port: 0, hostname, onListen: ({ port }) => console.log(port) }, (request) => fetch(request));
    return;
  }
  interface BunServe {
    serve(options: { port: number; hostname: string; fetch: (request: Request) => unknown }): { port: number };
  }
  const { serve } = (globalThis as unknown as { Bun: BunServe }).Bun;
  console.log(serve({ port: 0, hostname, fetch: (request) => fetch(request) }).port);
}
