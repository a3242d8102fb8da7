/** In debug mode nobody is blamed for a cancel by which the server ends its events and WebSockets, and which it takes back. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { Event, EventLoop, run, sleep, timeout } from "../../../mod.ts";
import { serve, serverSentEvents, upgradeWebSocket } from "../../../src/http/mod.ts";
import { PATIENCE, within } from "../../within.ts";

function debugLoop(warnings: string[]): EventLoop {
  const logger = { warn: (text: unknown) => void warnings.push(String(text)), error: () => {} };
  const loop = new EventLoop({ debug: true, logger });
  loop.slowCallbackDuration = 100_000;
  return loop;
}

it("A server that closes ... ends its events and WebSockets by cancels that debug mode does not report", async () => {
  const warnings: string[] = [];
  const main = async () => {
    const server = await serve((request) => {
      if (new URL(request.url).pathname === "/socket") {
        return upgradeWebSocket(request, function* (socket) {
          yield* socket.send("welcome");
          yield* socket.receive();
        });
      }
      return serverSentEvents(function* (events) {
        yield* events.send("welcome");
        yield* sleep(60_000);
      });
    }, { port: 0 });
    const events = await fetch(new URL("/events", server.url));
    const reader = events.body!.getReader();
    await reader.read();
    const socket = new WebSocket(new URL("/socket", server.url.replace("http", "ws")));
    const closed = new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
    await within(new Promise((resolve) => socket.onmessage = resolve), "the first message");
    server.close();
    assertEquals(await within(closed, "the end of the WebSocket"), 1001);
    while (!(await within(reader.read(), "the end of the events")).done);
    await within(Promise.resolve(server.waitClosed()), "the end of the server");
    await sleep(1);
  };
  await run(main, { loopFactory: () => debugLoop(warnings) });
  assertEquals(warnings, []);
});

it("A handler that makes a response of every error ... is not blamed when its client leaves", async () => {
  const warnings: string[] = [];
  const main = async () => {
    const [begun, ended] = [new Event(), new Event()];
    const server = await serve(async () => {
      try {
        begun.set();
        await sleep(60_000);
      } catch {
        return new Response("sorry", { status: 500 });
      } finally {
        ended.set();
      }
      return new Response("late");
    }, { port: 0 });
    const controller = new AbortController();
    const answer = fetch(server.url, { signal: controller.signal }).catch(() => {});
    await timeout(PATIENCE, () => begun.wait());
    controller.abort();
    await answer;
    await timeout(PATIENCE, () => ended.wait());
    await sleep(1);
    server.close();
    await timeout(PATIENCE, () => server.waitClosed());
  };
  await run(main, { loopFactory: () => debugLoop(warnings) });
  assertEquals(warnings, []);
});
