import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ContextVar, createTask, currentTask, sleep } from "../../../mod.ts";
import { currentRequest, type ServeHandler } from "../../../src/http/mod.ts";
import { RawClient } from "../../adapters/raw_client.ts";
import { get, portOf, serving, sign, taskNames } from "../serving.ts";
import { eventually } from "../../within.ts";

// Contexts were lost after an await, and inside generators those of whoever resumed were seen.
describe("The context of a request", () => {
  const own = new ContextVar("own", { default: "" });
  const path = () => new URL(currentRequest().url).pathname;
  const handlers: Record<string, ServeHandler> = {
    "a coroutine": function* () {
      own.set(path());
      for (let i = 0; i < 5; i++) {
        yield* sleep(i % 2);
        yield* createTask(sleep(0));
      }
      return new Response(`${own.get()} ${path()} ${currentTask()!.getName()}`);
    },
    "an async function": async () => {
      own.set(path());
      for (let i = 0; i < 5; i++) {
        await sleep(i % 2);
        await Promise.resolve();
        await createTask(async () => await sleep(0));
      }
      return new Response(`${own.get()} ${path()} ${currentTask()!.getName()}`);
    },
  };
  for (const [what, handler] of Object.entries(handlers)) {
    it(`is its own in ${what}, among many at once and after many that were answered at once`, async () => {
      // Often enough for the server to expect that every request is.
      let atOnce = true;
      const mixed: ServeHandler = (request, info) => atOnce ? new Response("at once") : handler(request, info);
      await serving(mixed, async (server) => {
        for (let i = 0; i < 300; i++) await get(server);
        atOnce = false;
        const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => get(server, `/${i}`)));
        assertEquals(answers.map(([, text]) => text), answers.map((_, i) => `/${i} /${i} GET /${i}`));
      });
    });
  }
});

describe("An async handler that awaits something for the first time after many requests", () => {
  it("is cancelled where it waits when its client leaves, with what it has started", async () => {
    let atOnce = true;
    const log: string[] = [];
    const [waits, ended] = [sign(), sign()];
    const handler = async () => {
      try {
        createTask(sleep(60_000), { name: "started" });
        await sleep(1);
        createTask(sleep(60_000), { name: "started later" });
        waits.give();
        await sleep(60_000);
      } catch (error) {
        log.push(String(error));
        throw error;
      } finally {
        ended.give();
      }
      return new Response();
    };
    await serving(() => atOnce ? new Response("at once") : handler(), async (server) => {
      for (let i = 0; i < 300; i++) await get(server);
      atOnce = false;
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await waits.seen;
      await client.leave();
      await ended.seen;
      await eventually(() => server.pending === 0, "server.pending === 0");
      assertEquals(taskNames(), []);
    });
    assertEquals(log, ["CancelledError: client left"]);
  });
});
