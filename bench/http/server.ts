/**
 * A Hono app with one route: `server.ts bare|module first|parks` prints its port. `bare` is the runtime's own server, `module` is
 * `serve` and `handler`. The handler ends in its first step, or parks once.
 */
import type { Context } from "hono";
import { argv } from "node:process";
import { run, sleep } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { handler } from "../../src/hono/mod.ts";
import { bun } from "../harness/bun.ts";
import { load } from "../peers/packages.ts";

const { Hono } = await load<typeof import("hono")>("hono");
const [server, kind] = argv.slice(2) as ["bare" | "module", "first" | "parks"];

const hello = (c: Context) => c.text("hello");
const handlers = {
  bare: {
    first: hello,
    async parks(c: Context) {
      await null;
      return hello(c);
    },
  },
  module: {
    // deno-lint-ignore require-yield
    first: handler(function* (c) {
      return hello(c);
    }),
    parks: handler(function* (c) {
      yield* sleep(0);
      return hello(c);
    }),
  },
};
const app = new Hono().get("/", handlers[server][kind]);
const address = { hostname: "127.0.0.1", port: 0 };

if (server === "module") {
  await run(function* () {
    const server = yield* serve(app.fetch, address);
    console.log(server.port);
    yield* server.serveForever();
  });
} else {
  // It takes the request alone: it would see Deno's second argument as its environment.
  const fetch = (request: Request) => app.fetch(request);
  if ("Deno" in globalThis) Deno.serve({ ...address, onListen: ({ port }) => console.log(port) }, fetch);
  else console.log(bun.serve({ ...address, fetch }).port);
}
