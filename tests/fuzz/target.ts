/**
 * Every server of the module in one program, which says what is left of its clients. One line of JSON says where they listen; then each line on
 * stdin is a question: `stats`, or `close`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { allTasks, Event, fromPromise, getRunningLoop, run, startServer } from "@loop/asyncio";
import { serve } from "@loop/asyncio/http";
import { Client } from "../../examples/redis/client.ts";
import { Redis } from "../../examples/redis/redis.ts";
import { TIME_OF_A_CLIENT } from "./limits.ts";
import { answer } from "./target_http.ts";
import { serveLines } from "./target_lines.ts";

const HOST = "127.0.0.1";
/** Milliseconds: short, so that what a server waits for is over while the fuzzer looks. */
const OPTIONS = {
  hostname: HOST,
  port: 0,
  headTimeout: TIME_OF_A_CLIENT,
  keepAliveTimeout: TIME_OF_A_CLIENT,
  gracePeriod: 500,
} as const;

const file = (path: string) => readFileSync(new URL(`../contract/certificates/${path}`, import.meta.url), "utf8");
const tls = { cert: file("localhost.pem"), key: file("localhost.key.pem") };

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** Collects garbage, as far as the runtime lets a program do that. */
function collect(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  gc?.();
  Bun?.gc(true);
}

await run(function* () {
  const loop = getRunningLoop();
  const reports = new Map<string, number>();
  loop.setExceptionHandler((_loop, { message, exception }) => {
    const report = `${message}: ${exception instanceof Error ? exception.stack ?? exception : exception}`;
    reports.set(report, (reports.get(report) ?? 0) + 1);
  });
  const redis = new Redis();
  const http = yield* serve(answer, OPTIONS);
  const https = yield* serve(answer, { ...OPTIONS, tls });
  const resp = yield* startServer((reader, writer) => new Client(redis, reader, writer).serve(), HOST, 0);
  const lines = yield* startServer(serveLines, HOST, 0, { limit: 2_048 });
  const secure = yield* startServer(serveLines, HOST, 0, {
    limit: 2_048,
    ssl: tls,
    sslHandshakeTimeout: TIME_OF_A_CLIENT,
  });
  const doors = { http, https, resp, lines, tls: secure };
  const closing = new Event();

  const stats = () => {
    for (const store of redis.stores) store.clear();
    collect();
    const told = [...reports];
    reports.clear();
    const { rss, heapUsed, external } = process.memoryUsage();
    const pending = http.pending + https.pending;
    say({ pending, tasks: [...allTasks(loop)].map(String), rss, heap: heapUsed + external, reports: told });
  };
  let asked = "";
  process.stdin.on("data", (chunk: Uint8Array) => {
    asked += new TextDecoder().decode(chunk);
    for (let end: number; (end = asked.indexOf("\n")) >= 0; asked = asked.slice(end + 1)) {
      if (asked.slice(0, end) === "close") closing.set();
      else stats();
    }
  });
  process.stdin.on("end", () => closing.set());
  say(Object.fromEntries(Object.entries(doors).map(([name, { port }]) => [name, port])));
  yield* closing.wait();

  for (const server of Object.values(doors)) server.close();
  for (const server of [resp, lines, secure]) server.closeClients();
  for (const server of Object.values(doors)) yield* server.waitClosed();
  say("closed");
  process.stdin.pause();
  yield* fromPromise(Promise.resolve(process.stdin.unref?.()));
});
