import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect } from "node:net";
import { fromPromise } from "../../../mod.ts";
import { readBody, type RequestOutcome, type ServeHandler } from "../../../src/http/mod.ts";
import { eventually, within } from "../../within.ts";
import { portOf, serving } from "../serving.ts";

/** Ways to read a body; each is told what to do when it has begun. */
const reading: Record<string, ServeHandler> = {
  "text()": async (request) => new Response(await request.text()),
  "arrayBuffer()": async (request) => new Response(await request.arrayBuffer()),
  "formData()": async (request) => new Response(String(await request.formData())),
  "its stream": async (request) => {
    let size = 0;
    for await (const part of request.body!) size += part.length;
    return new Response(`${size}`);
  },
  "readBody()": function* (request) {
    return new Response(yield* readBody(request).text());
  },
  "text() by fromPromise()": function* (request) {
    return new Response(yield* fromPromise(request.text()));
  },
  "text() by fromPromise() in an async function": async (request) =>
    new Response(await fromPromise(() => request.text())),
  "sending it back": (request) => new Response(request.body),
};

const HEAD = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Sends the head, what begins a body once a handler has the request, and then leaves; or waits for the end of the connection, and gives what
 * came.
 */
async function upload(
  port: number,
  header: string,
  begin: string,
  leave: "end" | "reset" | null,
  isHandled: () => boolean,
): Promise<string> {
  let got = "";
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("data", (bytes: Uint8Array) => got += new TextDecoder().decode(bytes));
  socket.on("error", () => {});
  socket.write(`${HEAD}${header}\r\n\r\n`);
  await eventually(isHandled, "the handler of an upload");
  socket.write(begin);
  await pause(20);
  if (leave === "end") socket.destroy();
  if (leave === "reset") socket.resetAndDestroy();
  await within(closed, "the end of the connection", () => got);
  return got;
}

/** A handler that counts what it is called for. */
class Counted {
  begun = 0;
  readonly handler: ServeHandler;

  constructor(handler: ServeHandler) {
    this.handler = (request, info) => {
      this.begun++;
      return handler(request, info);
    };
  }
}

describe("An upload that its client breaks off", () => {
  for (const [what, handler] of Object.entries(reading)) {
    it(`is nothing to report, and the client is gone: ${what}`, async () => {
      const told: RequestOutcome[] = [];
      const counted = new Counted(handler);
      let sent = 0;
      const reports = await serving(counted.handler, async (server) => {
        const isHandled = () => counted.begun === sent;
        for (const leave of ["end", "reset"] as const) {
          sent++;
          await upload(portOf(server), "Content-Length: 100000", "x".repeat(5_000), leave, isHandled);
          sent++;
          await upload(portOf(server), "Transfer-Encoding: chunked", "5\r\nhello\r\n", leave, isHandled);
        }
        await eventually(() => told.length === 4, "four outcomes");
        await eventually(() => server.pending === 0, "the end of all requests");
      }, { onOutcome: (outcome) => told.push(outcome) });
      assertEquals(told.map(({ outcome }) => outcome), Array(4).fill("clientGone"));
      assertEquals(reports.map(({ exception }) => String(exception)), []);
    });
  }
});

describe("An upload that is no HTTP", () => {
  for (const [what, handler] of Object.entries(reading)) {
    it(`is answered by 400 if by anything, and nothing to report: ${what}`, async () => {
      const counted = new Counted(handler);
      let [sent, ends] = [0, 0];
      const reports = await serving(counted.handler, async (server) => {
        for (const begin of ["5\r\nhello\r\nZZ\r\n", "5\r\nhelloXX\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFFF\r\nhello"]) {
          sent++;
          const got = await upload(
            portOf(server),
            "Transfer-Encoding: chunked",
            begin,
            null,
            () => counted.begun === sent,
          );
          // What has begun to be sent back is broken off.
          if (what === "sending it back") assert(!got.includes("\r\n0\r\n"), got);
          else if (got !== "") assertMatch(got, /^HTTP\/1\.1 400 /);
        }
        await eventually(() => server.pending === 0, "the end of all requests");
        await eventually(() => ends === sent, "an outcome of each request");
      }, { onOutcome: () => ends++ });
      assertEquals(reports.map(({ exception }) => String(exception)), []);
    });
  }
});
