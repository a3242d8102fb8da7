import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../../mod.ts";
import { RawClient } from "../../adapters/raw_client.ts";
import { HttpError, readBody, type ServeHandler, streamResponse } from "../../../src/http/mod.ts";
import { portOf, serving } from "../serving.ts";

const SIZES = { "64 KiB": 1 << 16, "128 KiB": 1 << 17, "4 MiB": 1 << 22 };

// What was not read of it stood before the next request.
describe("An upload that its handler does not read", () => {
  const handlers: Record<string, ServeHandler> = {
    "is not looked at": () => new Response("not wanted;"),
    "is read in part": async (request) => {
      const reader = request.body!.getReader();
      await reader.read();
      reader.releaseLock();
      return new Response("not wanted;");
    },
    "is cancelled": async (request) => {
      await request.body!.cancel();
      return new Response("not wanted;");
    },
    "is read in part by readBody()": function* (request) {
      yield* readBody(request, { limit: 1 << 23 }).read();
      return new Response("not wanted;");
    },
    "has its handler fail": () => {
      throw new HttpError(413, "not wanted;");
    },
    "is answered by a stream": () =>
      streamResponse(function* (body) {
        yield* body.write("not ");
        yield* sleep(5);
        yield* body.write("wanted;");
      }),
    "is answered by a stream of its own": () => {
      const parts = ["not ", "wanted;"].map((part) => new TextEncoder().encode(part));
      return new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            controller.enqueue(parts.shift()!);
            if (parts.length === 0) controller.close();
          },
        }),
      );
    },
    "is answered before it has come": async () => {
      await sleep(20);
      return new Response("not wanted;");
    },
  };
  for (const [size, length] of Object.entries(SIZES)) {
    for (const [what, handler] of Object.entries(handlers)) {
      it(`leaves the connection to the next request: ${size} that ${what}`, async () => {
        const answer: ServeHandler = (request, info) =>
          request.method === "GET" ? new Response("the next one;") : handler(request, info);
        const reports = await serving(answer, async (server) => {
          const client = await RawClient.connect(portOf(server));
          client.request("POST", "/", `Content-Length: ${length}`);
          client.send("x".repeat(length));
          await client.until("wanted;");
          // Deno says with the head of a stream that it does not wait for the rest.
          if (client.received.includes("connection: close")) return await client.closed;
          client.request("GET");
          await client.until("the next one;");
          await client.leave();
        });
        assertEquals(reports, []);
      });
    }
  }

  it("is told to be over to whoever reads on when the response is sent", async () => {
    let reading: Promise<void> | undefined;
    const readAll = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
      while (!(await reader.read()).done);
    };
    const handler = async (request: Request) => {
      const reader = request.body!.getReader();
      await reader.read();
      reading = readAll(reader);
      reading.catch(() => {});
      return new Response("early");
    };
    await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("POST", "/", "Content-Length: 1000000");
      client.send("begun");
      await client.until("early");
      await client.leave();
      await assertRejects(() => reading!);
    });
  });
});
