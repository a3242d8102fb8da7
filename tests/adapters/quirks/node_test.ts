/**
 * What Node does otherwise than others: see src/adapters/node/quirks.ts. When one of these fails Node has mended it, so take out the quirk
 * and what is done about it.
 */
import * as cp from "node:child_process";
import dns from "node:dns/promises";
import http from "node:http";
import net from "node:net";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { within } from "../../within.ts";

const local = "127.0.0.1";
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const codeOf = (error: unknown) => (error as { readonly code?: string }).code;

/** With what listening there fails. */
async function listenError(path: string): Promise<string | undefined> {
  return codeOf(await new Promise((resolve) => net.createServer().on("error", resolve).listen(path)));
}

/** A server with a client that has sent something to it. */
async function exchange(handler: http.RequestListener, sent: string): Promise<[http.Server, net.Socket]> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, local, resolve));
  const client = net.connect((server.address() as net.AddressInfo).port, local, () => client.write(sent));
  client.on("error", () => {});
  return [server, client];
}

describe("Node", { ignore: "Deno" in globalThis || "Bun" in globalThis }, () => {
  it("says EACCES of a directory that does not exist", async () => {
    assertEquals(await listenError("/no/such/directory/socket"), "EACCES");
  });

  it("says EINVAL of a path that is too long", async () => {
    assertEquals(await listenError(`/tmp/${"x".repeat(200)}`), "EINVAL");
  });

  it("says EINVAL of a name that is too long", async () => {
    assertEquals(codeOf(await assertRejects(() => dns.lookup("a".repeat(300)), Error)), "EINVAL");
  });

  it("finds no address for an empty name, and does not fail", async () => {
    assertEquals((await dns.lookup("")).address, null as unknown as string);
  });

  it("refuses to send signals without a name", async () => {
    const child = cp.spawn("sleep", ["60"]);
    assertThrows(() => child.kill(35), TypeError);
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  });

  it("blames the program for a directory that does not exist", async () => {
    const error = await new Promise<Error>((resolve) =>
      cp.spawn("true", { cwd: "/no/such/directory" }).on("error", resolve)
    );
    assertEquals([codeOf(error), error.message], ["ENOENT", "spawn true ENOENT"]);
  });

  it("cuts a connection whose response is not sent yet for an idle one", async () => {
    const body = new Uint8Array(50 << 20);
    const asked = Promise.withResolvers<void>();
    const [server, client] = await exchange((_request, response) => {
      response.end(body);
      asked.resolve();
    }, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await within(asked.promise, "a request");
    await pause(100);
    server.closeIdleConnections();
    let came = 0;
    client.on("data", (bytes) => came += bytes.length);
    await new Promise<void>((resolve) => client.once("close", () => resolve()));
    server.close();
    assert(came < body.length);
  });

  it("cuts a connection at a CONNECT before the requests before it are answered", async () => {
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";
    const [server, client] = await exchange(
      (_request, response) => void pause(50).then(() => response.end("x")),
      request,
    );
    let came = "";
    client.on("data", (bytes) => came += bytes);
    await new Promise<void>((resolve) => client.once("close", () => resolve()));
    server.close();
    assertEquals(came, "");
  });

  it("answers a request without a Host by itself, in its turn", async () => {
    let asked = 0;
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    const [server, client] = await exchange((_request, response) => {
      asked++;
      pause(50).then(() => response.end("x"));
    }, request);
    let came = "";
    client.on("data", (bytes) => came += bytes);
    await new Promise<void>((resolve) => client.once("close", () => resolve()));
    server.close();
    const statuses = [...came.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assertEquals([statuses, asked], [["200", "400"], 1]);
  });
});
