/**
 * A server that Redis's clients can talk to: strings, lists, sets, hashes, keys that expire, messages between clients. It keeps everything in
 * memory, and the loop's one thread makes every command atomic, as in Redis itself.
 *
 * ```sh
 * deno run --allow-net examples/redis_server.ts --port 6380
 * bun run examples/redis_server.ts --port 6380
 * node examples/redis_server.ts
 * ```
 *
 * Then, from another terminal:
 *
 * ```sh
 * redis-cli -p 6380 set greeting hello ex 60
 * redis-cli -p 6380 blpop jobs 5
 * redis-benchmark -p 6380 -t ping,set,get,incr,lpush,rpop,sadd,hset,lrange_100 -n 100000 -P 16 -q
 * ```
 *
 * `redis/client.ts` is what a client's task does, `redis/resp.ts` the protocol, `redis/store.ts` the data, with the timers and the waiting, and
 * `redis/commands/` has the commands.
 *
 * `--port` is 6380 by default (0 for any free one). Ctrl-C closes the connections, and the program ends with code 130. While a client
 * does not read what is left for it, that takes a second Ctrl-C.
 *
 * @module
 */
import { main, startServer } from "@loop/asyncio";
import { readArguments } from "./command_line/arguments.ts";
import { Client } from "./redis/client.ts";
import { Redis } from "./redis/redis.ts";

const { values } = readArguments("redis_server.ts [--port PORT]", {
  options: { port: { type: "string", default: "6380" } },
});

main(function* () {
  const redis = new Redis();
  const server = yield* startServer(
    (reader, writer) => new Client(redis, reader, writer).serve(),
    "127.0.0.1",
    Number(values.port),
    { backlog: 511 },
  );
  console.log(`Listening on 127.0.0.1:${server.port}, Ctrl-C ends it.`);
  yield* server.serveForever();
});
