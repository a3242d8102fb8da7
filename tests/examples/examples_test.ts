import { type AddressInfo, createServer } from "node:net";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import config from "../../deno.json" with { type: "json" };
import { RawClient } from "../adapters/raw_client.ts";
import { Client, FrameClient } from "../http/web_socket_clients.ts";
import { exampleFlags, Program } from "../program.ts";
import { eventually, PATIENCE, tail, within } from "../within.ts";

describe("examples/hello.ts", () => {
  it("greets twice and ends", async () => {
    const program = new Program(new URL("../../examples/hello.ts", import.meta.url), exampleFlags());
    assertEquals([await program.ended, program.output], [0, "hello from a task\nhello from main()\n"]);
  });
});

/** A member of the chat: what it hears, and how its end came. */
class Member extends Client {
  #heard = 0;

  constructor(port: number, name: string) {
    super(`http://127.0.0.1:${port}/chat?name=${name}`);
  }

  /** Checks that exactly this comes next. */
  async hears(line: string): Promise<void> {
    const place = this.#heard++;
    await this.until(() => this.got.length > place, JSON.stringify(line));
    assertEquals(this.got[place], line);
  }
}

/** The answer of a program, whose output is told if there is none. */
function answer(program: Program, port: number, path: string, init?: RequestInit): Promise<[number, string]> {
  const asking = async (): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return [response.status, await response.text()];
  };
  return within(asking(), `the answer to ${path}`, () => `The program has printed: ${tail(program.output)}`);
}

/** Talks to the example, and ends it, also when the talk has failed. */
async function talking(flags: string[], talk: (program: Program, port: number) => Promise<void>): Promise<void> {
  const program = new Program(new URL("../../examples/hono/main.ts", import.meta.url), flags);
  try {
    await within(talk(program, await program.port()), "the end of a talk with the example", undefined, 1.5 * PATIENCE);
  } catch (error) {
    program.interrupt();
    await program.ended.catch(() => {});
    throw new Error(`The program has printed: ${tail(program.output)}`, { cause: error });
  }
}

describe("examples/hono/main.ts", () => {
  const flags = exampleFlags(...config.tasks.start.command.split(" ").filter((word) => word.startsWith("--allow-")));

  it("answers every route that its page links, stops what nobody waits for, and ends with 0 at Ctrl-C", async () => {
    await talking(flags, async (program, port) => {
      const get = (path: string, init?: RequestInit) => answer(program, port, path, init);
      const names = async () => JSON.parse((await get("/tasks"))[1]).map(({ name }: { name: string }) => name);
      const runs = (name: string) => eventually(async () => (await names()).includes(name), `the task ${name}`);
      const ends = (name: string) => eventually(async () => !(await names()).includes(name), `the end of ${name}`);

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
      await runs("POST /uploads/u2");
      await sender.leave();
      await ends("POST /uploads/u2");

      const slow = await RawClient.connect(port);
      slow.request("GET", "/slow");
      await runs("GET /slow");
      await slow.leave();
      await program.until("0 still running");
      assertEquals((await names()).slice(1), ["worker 1", "worker 2", "GET /tasks"]);

      // One that ends as soon as the server has begun to close, so that it is within the grace period on a slow machine too.
      const last = await RawClient.connect(port);
      last.request("POST", "/uploads/u3", "Content-Length: 1000");
      last.send("x".repeat(500));
      await runs("POST /uploads/u3");
      program.kill("SIGINT");
      program.kill("SIGINT");
      const refuses = () => RawClient.connect(port).then((client) => client.leave().then(() => false), () => true);
      await eventually(refuses, "the end of listening");
      last.send("x".repeat(500));
      await last.until('{"received":1000,"total":1000,"state":"done"}');
      assertEquals(await program.ended, 0);
      assertMatch(program.output, /Everything is done\.\n$/);
    });
  });

  it("lets clients of a WebSocket chat, and says goodbye to them when it ends", async () => {
    await talking(flags, async (program, port) => {
      const ada = new Member(port, "ada");
      await ada.hears("ada has come");
      const bob = new Member(port, "bob");
      for (const member of [ada, bob]) await member.hears("bob has come");
      ada.socket.send("hello");
      for (const member of [ada, bob]) await member.hears("ada: hello");
      bob.socket.send(new Uint8Array(3));
      assertEquals(await bob.end(), { code: 1003, reason: "this is a chat of words" });
      await ada.hears("bob has left");

      program.kill("SIGINT");
      assertEquals((await ada.end()).code, 1001);
      assertEquals([await program.ended, program.output.includes("rror")], [0, false]);
    });
  });

  it("asks itself, and nobody whom the Host header names, for the parts of a request", async () => {
    await talking(flags, async (program, port) => {
      let asked = 0;
      const other = createServer((socket) => {
        asked++;
        socket.destroy();
      });
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const client = await RawClient.connect(port);
      const { port: otherPort } = other.address() as AddressInfo;
      client.send(`GET /fan-out HTTP/1.1\r\nHost: 127.0.0.1:${otherPort}\r\nConnection: close\r\n\r\n`);
      await client.until('"longest":300');
      await client.leave();
      await new Promise((resolve) => other.close(resolve));
      assertEquals(asked, 0);
      await ends(program);
    });
  });

  it("lets no page of another origin chat, or post anything", async () => {
    await talking(flags, async (program, port) => {
      const statusOf = (head: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
      const chatFrom = async (origin: string) => {
        const client = await FrameClient.connect(port, "/chat?name=x", `Origin: ${origin}`);
        if (statusOf(client.head) === 101) client.send(8, "");
        else client.leave();
        await client.until(() => client.ended, "the end of the chat");
        return statusOf(client.head);
      };
      const postFrom = async (origin: string) => {
        const client = await RawClient.connect(port);
        client.request("POST", "/jobs", "Content-Length: 0", `Origin: ${origin}`);
        const head = await client.until("\r\n\r\n");
        await client.leave();
        return statusOf(head);
      };
      for (
        const [origin, chat, post] of [
          [`http://127.0.0.1:${port}`, 101, 202],
          [`http://localhost:${port}`, 101, 202],
          ["http://example.com", 403, 403],
          [`http://127.0.0.1:${port}.example.com`, 403, 403],
          ["http://127.0.0.1", 403, 403],
          ["null", 403, 403],
        ] as const
      ) {
        assertEquals([origin, await chatFrom(origin), await postFrom(origin)], [origin, chat, post]);
      }
      await ends(program);
    });
  });

  it("counts from the beginning for who has heard something that is no number", async () => {
    await talking(flags, async (program, port) => {
      for (const [heard, first] of [["foo", 1], ["-3", 1], ["1e400", 1], ["9".repeat(40), 1], ["", 1], ["41", 42]]) {
        const client = await RawClient.connect(port);
        client.request("GET", "/events", `Last-Event-ID: ${heard}`);
        await client.until(`id: ${first}\ndata: {"count":${first}}\n`);
        await client.leave();
      }
      await ends(program);
    });
  });
});

/** Ends a program as Ctrl-C does. */
async function ends(program: Program): Promise<void> {
  program.interrupt();
  assertEquals([await program.ended, program.errors], [0, ""]);
}
