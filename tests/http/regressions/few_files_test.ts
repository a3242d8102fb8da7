import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import { RawClient } from "../../adapters/raw_client.ts";
import { fixtureFlags, Program } from "../../program.ts";
import { eventually } from "../../within.ts";

const FILES = 128;
const CLIENTS = 200;

/** Connects; a host that has too many connections may close it at once. */
async function connect(port: number): Promise<RawClient | null> {
  return await RawClient.connect(port).catch(() => null);
}

/** Whether a request is answered. */
async function isAnswered(port: number, path: string, secure: boolean): Promise<boolean> {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
  return await new Promise((resolve) => {
    const options = { port, host: "127.0.0.1", rejectUnauthorized: false };
    const client = secure ? connectTls(options) : connectPlain(options);
    client.write(request);
    client.on("data", (bytes: Uint8Array) => {
      if (!new TextDecoder().decode(bytes).includes("hello")) return;
      client.destroy();
      resolve(true);
    });
    client.on("error", () => {});
    client.on("close", () => resolve(false));
  });
}

// Deno.serve() ends for ever when it cannot accept a connection, and Deno itself when it has to show the error; Bun and Node tell nobody.
describe("A server that runs out of files", () => {
  for (const kind of ["http", "streams", "tls"]) {
    it(`reports it once and goes on when there are some (${kind})`, async () => {
      const file = new URL("../fixtures/few_files.ts", import.meta.url);
      const program = new Program(file, fixtureFlags("--allow-net=127.0.0.1", "--allow-read"), [kind], FILES);
      const port = await program.port();
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(port)));
      await program.until("reported");
      await Promise.all(clients.map((client) => client?.leave()));
      await eventually(() => isAnswered(port, "/", kind === "tls"), "an answer", () => program.output);
      await isAnswered(port, "/end", kind === "tls");
      assertEquals(await program.ended, 0);
      const [, ...reports] = program.output.trim().split("\n");
      assertEquals(reports, ["reported EMFILE, with a stack"]);
    });
  }
});
