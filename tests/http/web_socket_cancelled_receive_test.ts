/** A message that meets a cancel of `receive()` is had by the task, or by the next `receive()`: none is lost, none comes twice. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, sleep, timeout } from "../../mod.ts";
import type { ServerWebSocket } from "../../src/http/mod.ts";
import { afterCallbacks, HOST_MOMENTS, LOOP_MOMENTS, turn, WAYS } from "../async_form/moments.ts";
import { serving } from "./serving.ts";
import { Client, talking } from "./web_socket_clients.ts";

const MESSAGES = 60;
/** Far more than the messages take: a lost one would be waited for. */
const LIMIT = 20_000;

describe("ServerWebSocket.receive() that is cancelled again and again", () => {
  for (const way of WAYS) {
    it(`awaited ${way.name}: loses no message`, async () => {
      const got: string[] = [];
      const moments = [...LOOP_MOMENTS, ...HOST_MOMENTS];
      const talk = async (socket: ServerWebSocket) => {
        for (let round = 0; got.length < MESSAGES; round++) {
          const task = createTask(async () => {
            got.push(await way.asynchronous(() => socket.receive()) as string);
          });
          // Lets the task begin, and be over with whatever else it waits for: Promise.all() drops a message that it has when the rest is
          // cancelled. Then some callbacks, turns of the host or nothing until it is cancelled.
          await turn();
          for (let pass = 0; pass < 3; pass++) await sleep(0);
          await socket.send(`next ${round}`);
          moments[round % moments.length]!.meet(() => {}, () => {
            afterCallbacks(round % 5, () => void task.cancel());
          });
          await Promise.allSettled([task]);
        }
      };
      await serving(talking(talk), async (server) => {
        const client = await new Client(server.url).open();
        let sent = 0;
        // A message for each round, so that it arrives while that one is being cancelled.
        client.socket.addEventListener("message", () => {
          if (sent < MESSAGES) client.socket.send(String(sent++));
        });
        await timeout(LIMIT, async () => await client.end());
      });
      assertEquals(got, Array.from({ length: MESSAGES }, (_, i) => String(i)));
    });
  }
});
