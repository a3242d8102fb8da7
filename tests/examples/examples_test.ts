import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import config from "../../deno.json" with { type: "json" };
import { RawClient } from "../adapters/raw_client.ts";
import { exampleFlags, Program } from "../program.ts";

describe("examples/hello.ts", () => {
  it("greets twice and ends", async () => {
    const program = new Program(new URL("../../examples/hello.ts", import.meta.url), exampleFlags());
    assertEquals([await program.ended, program.output], [0, "hello from a task\nhello from run()\n"]);
  });
});

/** A member of the chat: what it hears, and how its end came. */
class Member {
  readonly socket: WebSocket;
  readonly ended: Promise<{ code: number; reason: string }>;
  readonly #lines: string[] = [];
  #heard = () => {};

  constructor(port: number, name: string) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/chat?name=${name}`);
    this.socket.onmessage = ({ data }) => {
      this.#lines.push(String(data));
      this.#heard();
    };
    this.ended = new Promise((resolve) => this.socket.onclose = ({ code, reason }) => resolve({ code, reason }));
  }

  async hears(line: string): Promise<void> {
    while (this.#lines.length === 0) await new Promise<void>((resolve) => this.#heard = resolve);
    assertEquals(this.#lines.shift(), line);
  }
}

describe("examples/hono/main.ts", () => {
  const flags = exampleFlags(...config.tasks.start.command.split(" ").filter((word) => word.startsWith("--allow-")));

  it("answers every route that its page links, stops what nobody waits for, and ends with 0 at Ctrl-C", async () => {
    const program = new Program(new URL("../../examples/hono/main.ts", import.meta.url), flags);
    const port = await program.port();
    const get = async (path: string, init?: RequestInit): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
      return [response.status, await response.text()];
    };
    const names = async () => JSON.parse((await get("/tasks"))[1]).map(({ name }: { name: string }) => name);

    const [status, page] = await get("/");
    assertEquals(status, 200);
    const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, path]) => path);
    assertEquals(links, ["/hello/ada", "/fan-out", "/deadline", "/slow", "/events", "/jobs", "/tasks"]);

    assertEquals(await get("/hello/ada"), [200, 'Hello ada, this is the task "GET /hello/ada".\n']);
    const { parts, longest } = JSON.parse((await get("/fan-out"))[1]);
    assertEquals([parts, longest], [[100, 200, 300], 300]);
    assertEquals(await get("/deadline"), [504, '{"error":"the work took longer than 300 ms","running":0}']);
    assertEquals(await get("/jobs", { method: "POST" }), [202, '{"accepted":1}']);
    assertEquals(await get("/nowhere"), [404, "404 Not Found"]);

    const reader = await RawClient.connect(port);
    reader.request("GET", "/events");
    assertMatch(await reader.until('data: {"count":1}'), /content-type: text\/event-stream/i);
    assert((await names()).includes("body of GET /events"));
    await reader.leave();
    await program.until("/events has no reader any more");

    const watcher = await RawClient.connect(port);
    watcher.request("GET", "/uploads/u1");
    await watcher.until('{"received":0,"total":null,"state":"coming"}');
    const body = new Uint8Array(300_000);
    const whole = '{"received":300000,"total":300000,"state":"done"}';
    assertEquals(await get("/uploads/u1", { method: "POST", body }), [201, whole]);
    await watcher.until(whole);
    await watcher.leave();

    const sender = await RawClient.connect(port);
    sender.request("POST", "/uploads/u2", "Content-Length: 1000");
    sender.send("x".repeat(500));
    while (!(await names()).includes("POST /uploads/u2"));
    await sender.leave();
    while ((await names()).includes("POST /uploads/u2"));

    const slow = await RawClient.connect(port);
    slow.request("GET", "/slow");
    while (!(await names()).includes("GET /slow"));
    await slow.leave();
    await program.until("0 still running");
    assertEquals((await names()).slice(1), ["worker 1", "worker 2", "GET /tasks"]);

    // Not one that asks the server itself for something: that may be refused by then.
    const last = get("/parts/500");
    while (!(await names()).includes("GET /parts/500"));
    program.kill("SIGINT");
    program.kill("SIGINT");
    assertEquals((await last)[0], 200);
    assertEquals(await program.ended, 0);
    assertMatch(program.output, /Everything is done\.\n$/);
  });

  it("lets clients of a WebSocket chat, and says goodbye to them when it ends", async () => {
    const program = new Program(new URL("../../examples/hono/main.ts", import.meta.url), flags);
    const port = await program.port();
    const ada = new Member(port, "ada");
    await ada.hears("ada has come");
    const bob = new Member(port, "bob");
    for (const member of [ada, bob]) await member.hears("bob has come");
    ada.socket.send("hello");
    for (const member of [ada, bob]) await member.hears("ada: hello");
    bob.socket.send(new Uint8Array(3));
    assertEquals(await bob.ended, { code: 1003, reason: "this is a chat of words" });
    await ada.hears("bob has left");

    program.kill("SIGINT");
    assertEquals((await ada.ended).code, 1001);
    assertEquals([await program.ended, program.output.includes("rror")], [0, false]);
  });
});
