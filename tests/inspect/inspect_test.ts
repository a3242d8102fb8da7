/**
 * What an inspector answers, and to whom.
 */
import { connect } from "node:net";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, createTask, Event, fromPromise, OSError, run, RuntimeError, sleep } from "../../mod.ts";
import { refusalOf } from "../../src/inspect/guard.ts";
import { inspect, type InspectOptions, type Inspector, type Snapshot } from "../../src/inspect/mod.ts";
import { eventually, within } from "../within.ts";

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends a request as it stands and reads the answer to its end. */
async function ask(
  { port, path }: Pick<Inspector, "port" | "path">,
  target: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const socket = path === null ? connect(port as number, "127.0.0.1") : connect(path);
  let received = "";
  const lines = Object.entries({
    host: path === null ? `127.0.0.1:${port}` : "localhost",
    connection: "close",
    ...headers,
  });
  socket.write(
    [`${method} ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n"),
  );
  socket.setEncoding("utf8");
  const ended = new Promise<void>((resolve, reject) => {
    socket.on("data", (text) => {
      received += text;
      // There is no end of what is a WebSocket.
      if (received.startsWith("HTTP/1.1 101")) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
  await within(ended, `the answer to ${method} ${target}`, () => received);
  const [head = "", ...body] = received.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: body.join("\r\n\r\n") };
}

/** Runs a test beside an inspector, and waits for the end of its connections. */
async function inspected(
  test: (inspector: Inspector, lines: readonly string[]) => Promise<void>,
  options: InspectOptions = { port: 0 },
): Promise<void> {
  const inspector = await run(async function main() {
    const lines: string[] = [];
    const inspector = await inspect({ log: (line) => void lines.push(line), ...options });
    await test(inspector, lines);
    return inspector;
  });
  await within(inspector.close(), "the end of the inspector");
}

const withToken = ({ token }: Inspector) => ({ authorization: `Bearer ${token}` });

describe("inspect()", () => {
  it("says where it listens, on this machine, and answers with what the loop does", async () => {
    await inspected(async (inspector, lines) => {
      assertEquals(lines, [`The inspector of this program listens on ${inspector.url}`]);
      assertMatch(inspector.url, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\da-f]{32}$/);
      assertEquals(String(inspector), `<Inspector 127.0.0.1:${inspector.port}>`);
      const event = new Event();
      createTask(function* wanted() {
        yield* event.wait();
      }, { name: "wanted" });
      await sleep(0);
      const answer = await ask(inspector, "/snapshot", withToken(inspector));
      assertEquals(answer.status, 200);
      const snapshot = JSON.parse(answer.body) as Snapshot;
      assertEquals(snapshot.version, 1);
      assertEquals(snapshot.pid, (await import("node:process")).pid);
      const tasks = snapshot.loops.flatMap((loop) => loop.tasks);
      const wanted = tasks.find(({ name }) => name === "wanted");
      assertEquals(wanted?.state, "waiting");
      assertEquals(wanted?.waitsFor, "wait <Event [unset, waiters:1]>");
      assertEquals(snapshot.loops[0]?.counters.tasks, tasks.length);
      event.set();
    });
  });

  it("knows for how long a task has waited since it was first asked", async () => {
    await inspected(async (inspector) => {
      const task = createTask(sleep(60_000), { name: "nap" });
      await sleep(0);
      const sinces: (number | null | undefined)[] = [];
      for (let times = 0; times < 2; times++) {
        const { body } = await ask(inspector, "/snapshot", withToken(inspector));
        const { loops } = JSON.parse(body) as Snapshot;
        sinces.push(loops[0]?.tasks.find(({ name }) => name === "nap")?.since);
      }
      assertEquals(sinces[0], null);
      assert(typeof sinces[1] === "number" && sinces[1] >= 0);
      task.cancel();
    });
  });

  it("shows the tree as text, with control characters written out", async () => {
    await inspected(async (inspector) => {
      createTask(sleep(60_000), { name: "\x1b[31mred" }).addDoneCallback(() => {});
      await sleep(0);
      const { status, head, body } = await ask(inspector, `/tree?token=${inspector.token}`);
      assertEquals(status, 200);
      assert(body.includes("└── (T) \\u{1b}[31mred") && !body.includes("\x1b"));
      assertMatch(head, /content-type: text\/plain/i);
      assertMatch(head, /cache-control: no-store/i);
      assertMatch(head, /x-content-type-options: nosniff/i);
    });
  });

  it("cancels a task by its number", async () => {
    await inspected(async (inspector) => {
      const task = createTask(sleep(60_000), { name: "to end" });
      await sleep(0);
      const { body } = await ask(inspector, "/snapshot", withToken(inspector));
      const { id } = (JSON.parse(body) as Snapshot).loops[0]!.tasks.find(({ name }) => name === "to end")!;
      assertEquals((await ask(inspector, `/cancel?task=${id}`, withToken(inspector))).status, 405);
      assertEquals(task.cancelling(), 0);
      assertEquals((await ask(inspector, `/cancel?task=${id}`, withToken(inspector), "POST")).status, 200);
      await assertRejects(() => task, CancelledError, "cancelled by the inspector");
      for (const task of [id, "", "x", "-1"]) {
        assertEquals((await ask(inspector, `/cancel?task=${task}`, withToken(inspector), "POST")).status, 404);
      }
    });
  });

  it("wants its token from everybody", async () => {
    await inspected(async (inspector) => {
      const { token } = inspector;
      const wrong = [undefined, "", "x", token.slice(1), `${token}0`, token.toUpperCase() + "é", "0".repeat(32)];
      for (const path of ["/", "/tree", "/snapshot", "/stream", "/nowhere"]) {
        for (const given of wrong) {
          const target = given === undefined ? path : `${path}?token=${encodeURIComponent(given)}`;
          const { status, body } = await ask(inspector, target);
          assertEquals(status, 401, `${target}: ${body}`);
          assert(!body.includes(token));
        }
        assertEquals((await ask(inspector, path, { authorization: `Basic ${token}` })).status, 401);
      }
      assertEquals((await ask(inspector, "/cancel?task=1", {}, "POST")).status, 401);
    });
  });

  it("refuses other names of this machine, and pages of others", async () => {
    await inspected(async (inspector) => {
      const { port } = inspector;
      const headers = withToken(inspector);
      for (
        const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port! - 1}`, `0.0.0.0:${port}`]
      ) {
        assertEquals((await ask(inspector, "/tree", { ...headers, host })).status, 403, host);
      }
      for (
        const origin of ["null", "http://evil.example", `https://127.0.0.1:${port}`, "http://127.0.0.1", "file://"]
      ) {
        assertEquals((await ask(inspector, "/tree", { ...headers, origin })).status, 403, origin);
      }
      for (const name of ["127.0.0.1", "localhost", "[::1]"]) {
        const own = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
        assertEquals((await ask(inspector, "/tree", { ...headers, ...own })).status, 200, name);
      }
    });
  });

  // Bun leaves out the host of such a target, and tells nobody.
  if (!("Bun" in globalThis)) {
    it("refuses a target that is the address of another host, whatever the request says of its host", async () => {
      await inspected(async (inspector) => {
        const { port } = inspector;
        for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port! ^ 1}`]) {
          const { status } = await ask(inspector, `http://${host}/snapshot`, withToken(inspector));
          assertEquals(status, 403, host);
        }
        for (const name of ["127.0.0.1", "localhost", "[::1]"]) {
          const host = `${name}:${port}`;
          const { status } = await ask(inspector, `http://${host}/tree`, { host, ...withToken(inspector) });
          assertEquals(status, 200, host);
        }
      });
    });
  }

  it("answers what it does not know, and goes on", async () => {
    await inspected(async (inspector) => {
      const headers = withToken(inspector);
      const expected: [string, string, number][] = [
        ["GET", "/nowhere", 404],
        ["GET", "/constructor", 404],
        ["GET", "/__proto__", 404],
        ["POST", "/tree", 405],
        ["DELETE", "/snapshot", 405],
        ["GET", "/cancel?task=1", 405],
        ["GET", "/stream", 426],
        ["GET", "/%00", 404],
        ["GET", "//", 404],
      ];
      for (const [method, target, status] of expected) {
        assertEquals((await ask(inspector, target, headers, method)).status, status, `${method} ${target}`);
      }
      assertEquals((await ask(inspector, "/tree", headers)).status, 200);
    });
  });

  it("sends snapshots by a WebSocket, and says when the loop has ended", async () => {
    const messages: string[] = [];
    const over = Promise.withResolvers<{ code: number; reason: string }>();
    const two = Promise.withResolvers<void>();
    await inspected(async (inspector) => {
      const url = inspector.url.replace("http:", "ws:").replace("/?", "/stream?");
      const socket = new WebSocket(url);
      socket.onmessage = ({ data }) => {
        messages.push(String(data));
        if (messages.length === 2) two.resolve();
      };
      socket.onclose = ({ code, reason }) => over.resolve({ code, reason });
      socket.onerror = () => two.reject(new Error("The WebSocket has failed."));
      await within(two.promise, "two snapshots");
    });
    const { code, reason } = await within(over.promise, "the end of the WebSocket");
    assertEquals((JSON.parse(messages[0]!) as Snapshot).loops[0]?.tasks[0]?.coroutine, "main");
    assertEquals(JSON.parse(messages.at(-1)!), { ended: true });
    assertEquals([code, reason], [1001, "The loop has ended."]);
  });

  it("tells the pages of two inspectors of a loop the same, and goes on with one when the other is closed", async () => {
    await inspected(async (inspector) => {
      const other = await inspect({ port: 0, log: null });
      const first = new Event();
      const second = new Event();
      const tasks = [createTask(first.wait(), { name: "first" }), createTask(second.wait(), { name: "second" })];
      const told = [inspector, other].map((one) => {
        const messages: string[] = [];
        const socket = new WebSocket(one.url.replace("http:", "ws:").replace("/?", "/live?"));
        socket.onmessage = ({ data }) => void messages.push(String(data));
        return messages;
      });
      const states = ["running", "ready", "waiting", "done", "failed", "cancelled"];
      /** Whether a page was told that the task has the name and is done, by words or by numbers. */
      const isDone = (messages: string[], name: string) => {
        const updates = messages.map((text) => JSON.parse(text)).filter(({ type }) => type === "update");
        const all = updates.flatMap(({ tasks }) => tasks as { id: number; name: string; state: string }[]);
        const { id } = all.find((one) => one.name === name) ?? { id: null };
        const ticks = updates.flatMap(({ ticks }) => ticks as number[]);
        return all.some((one) => one.id === id && one.state === "done") ||
          ticks.some((one, at) => at % 6 === 0 && one === id && states[ticks[at + 1]!] === "done");
      };
      const areTold = (text: string) => told.every((messages) => messages.some((one) => one.includes(text)));
      await eventually(() => areTold(`"second"`), "the tasks on both pages", () => told.join("\n"));
      first.set();
      await eventually(
        () => told.every((one) => isDone(one, "first")),
        "the end of the first on both",
        () => told.join("\n"),
      );
      await other.close();
      await eventually(() => told[1]!.at(-1)!.includes(`"end"`), "the end on one page", () => told[1]!.join("\n"));
      second.set();
      await eventually(() => isDone(told[0]!, "second"), "the end of the second on one", () => told[0]!.join("\n"));
      assertEquals([isDone(told[1]!, "second"), tasks.every((task) => task.done())], [false, true]);
    });
  });

  it("closes the WebSocket of a page that sends what is no command, in whatever letters, and goes on", async () => {
    await inspected(async (inspector) => {
      const url = inspector.url.replace("http:", "ws:").replace("/?", "/live?");
      for (const wrong of ["{", "\u{1F600}".repeat(200), "\u4e2d".repeat(200), "\ud83d".repeat(100), "\u0000\u001b"]) {
        const over = Promise.withResolvers<{ code: number; reason: string }>();
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send(wrong);
        socket.onclose = ({ code, reason }) => over.resolve({ code, reason });
        const { code, reason } = await within(over.promise, "the end of the WebSocket");
        assertEquals(code, 1008);
        assertMatch(reason, /^Cannot do what the page asks, "[ -~]+$/);
      }
      assertEquals((await ask(inspector, "/tree", withToken(inspector))).status, 200);
    });
  });

  it("closes the WebSocket of a client that sends more than 65,536 bytes at once, and goes on", async () => {
    await inspected(async (inspector) => {
      for (const path of ["live", "stream"]) {
        const url = inspector.url.replace("http:", "ws:").replace("/?", `/${path}?`);
        for (const long of ["x".repeat(65_537), "\u4e2d".repeat(30_000), new Uint8Array(70_000)]) {
          const over = Promise.withResolvers<{ code: number; reason: string }>();
          const socket = new WebSocket(url);
          socket.onopen = () => {
            socket.send(long);
            socket.send("x".repeat(100_000));
          };
          socket.onclose = ({ code, reason }) => over.resolve({ code, reason });
          const { code, reason } = await within(over.promise, `the end of ${path}`);
          assertEquals([code, reason], [1009, "messages have at most 65536 bytes here"]);
        }
      }
      assertEquals((await ask(inspector, "/tree", withToken(inspector))).status, 200);
    });
  });

  it("has a hundred clients that look on, and tells others so until one of them leaves", async () => {
    await inspected(async (inspector) => {
      const url = inspector.url.replace("http:", "ws:").replace("/?", "/live?");
      const ends: Promise<unknown>[] = [];
      // Its first message says that the server has it as well.
      const lookOn = async (): Promise<WebSocket | null> => {
        const socket = new WebSocket(url);
        ends.push(new Promise((resolve) => socket.onclose = resolve));
        const isOpen = await new Promise<boolean>((resolve) => {
          socket.onmessage = () => resolve(true);
          socket.onerror = () => resolve(false);
          socket.addEventListener("close", () => resolve(false));
        });
        return isOpen ? socket : null;
      };
      let sockets: WebSocket[] = [];
      const hundred = async () => {
        while (sockets.length < 100) {
          const missing = Array.from({ length: 100 - sockets.length }, lookOn);
          sockets.push(...(await Promise.all(missing)).filter((socket) => socket !== null));
        }
      };
      await within(hundred(), "a hundred WebSockets");
      const upgrade = {
        ...withToken(inspector),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      };
      const onceMore = () => ask(inspector, "/live", { ...upgrade, connection: "close, Upgrade" });
      let refused = await onceMore();
      // Deno may have closed one again that opened with many others.
      for (let times = 0; refused.status === 101 && times < 10; times++) {
        sockets = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN);
        await within(hundred(), "a hundred WebSockets");
        refused = await onceMore();
      }
      assertEquals([refused.status, refused.body.includes("has 100 clients already")], [503, true]);
      assertEquals((await ask(inspector, "/tree", withToken(inspector))).status, 200);
      sockets.pop()!.close();
      await within(hundred(), "another WebSocket");
      for (const socket of sockets) socket.close();
      await within(Promise.all(ends), "the ends of all WebSockets");
    });
  });

  it("may be asked without the port if that is the usual one", () => {
    const refused = (port: number, host: string, origin: string) => {
      const request = { url: "http://localhost/?token=right", headers: new Headers({ host, origin }) } as Request;
      return refusalOf(request, { port, token: "right" })?.status;
    };
    assertEquals(refused(80, "localhost", "http://localhost"), undefined);
    assertEquals(refused(80, "127.0.0.1:80", "http://127.0.0.1:80"), undefined);
    assertEquals(refused(80, "evil.example", "http://evil.example"), 403);
    assertEquals(refused(80, "localhost", "http://evil.example"), 403);
    assertEquals([refused(81, "localhost:81", "http://localhost"), refused(81, "localhost", "http://localhost:81")], [
      403,
      403,
    ]);
  });

  it("refuses a WebSocket of another page, or without the token", async () => {
    await inspected(async (inspector) => {
      const upgrade = {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      };
      const target = `/stream?token=${inspector.token}`;
      assertEquals((await ask(inspector, "/stream", { ...upgrade, connection: "close, Upgrade" })).status, 401);
      const origin = "http://evil.example";
      assertEquals((await ask(inspector, target, { ...upgrade, origin, connection: "close, Upgrade" })).status, 403);
    });
  });

  it("listens on a Unix socket, and removes its file", async () => {
    const folder = mkdtempSync(`${tmpdir()}/loop-asyncio-inspect-`);
    try {
      const path = `${folder}/inspector`;
      await inspected(async (inspector, lines) => {
        assertEquals(inspector.port, null);
        assertEquals(inspector.url, `unix:${path}`);
        assertEquals(lines, [`The inspector of this program listens on ${path}, with the token ${inspector.token}`]);
        assertEquals(statSync(path).mode & 0o777, 0o600);
        assertEquals((await ask(inspector, "/tree")).status, 401);
        assertEquals((await ask(inspector, "/tree", { ...withToken(inspector), origin: "null" })).status, 403);
        const { status, body } = await ask(inspector, "/tree", withToken(inspector));
        assertEquals(status, 200);
        assertMatch(body, /└── \(T\) Task-\d+/);
      }, { path });
      assertEquals(readdirSync(folder), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("ends when it is closed, and with its loop", async () => {
    const closed: Inspector[] = [];
    await inspected(async (inspector) => {
      await inspector.close();
      await inspector.close();
      closed.push(inspector);
      assertMatch(String(inspector), /closed>$/);
      await assertRejects(() => ask(inspector, "/tree", withToken(inspector)));
    });
    await inspected(async (inspector) => {
      closed.push(inspector);
      await sleep(0);
    });
    for (const inspector of closed) await assertRejects(() => ask(inspector, "/tree", withToken(inspector)));
  });

  it("has the token that it is given", async () => {
    const token = "a-token_of-16-letters";
    await inspected(async (inspector) => {
      assertEquals(inspector.token, token);
      assertEquals((await ask(inspector, `/tree?token=${token}`)).status, 200);
    }, { port: 0, token });
  });

  it("says what is wrong with its options, at the call", () => {
    const refused: [unknown, string][] = [
      [undefined, "give a port or a path"],
      [{}, "give a port or a path"],
      [null, "with null as its options"],
      [5, "as its options"],
      [{ port: 1, path: "/tmp/x" }, "on a port and a path"],
      [{ port: "80" }, "as the port"],
      [{ port: -1 }, "port -1"],
      [{ port: 70_000 }, "port 70000"],
      [{ path: "" }, "empty path"],
      [{ path: "x".repeat(200) }, "200 bytes"],
      [{ port: 0, hostname: "0.0.0.0" }, "only this machine may reach it"],
      [{ port: 0, hostname: 4 }, "only this machine may reach it"],
      [{ port: 0, token: "short" }, "at least 16"],
      [{ port: 0, token: "with spaces and so on" }, "at least 16"],
      [{ port: 0, token: 1234567890123456 }, "as token: give a text"],
      [{ port: 0, log: "stderr" }, "as log: give a function"],
      [{ prot: 0 }, 'unknown option "prot"'],
    ];
    for (const [options, words] of refused) assertThrows(() => inspect(options as never), Error, words);
  });

  it("says what is in the way when it cannot listen", async () => {
    await inspected(async ({ port }) => {
      const error = await assertRejects(() => inspect({ port: port!, log: null }) as Promise<Inspector>, OSError);
      assertEquals(error.code, "EADDRINUSE");
      await assertRejects(() => inspect({ path: "/nonexistent/inspector", log: null }) as Promise<Inspector>, OSError);
    });
    await assertRejects(async () => await inspect({ port: 0 }), RuntimeError);
  });

  it("works in a coroutine", async () => {
    await run(function* () {
      const inspector = yield* inspect({ port: 0, log: null });
      const { status } = yield* fromPromise(ask(inspector, "/tree", withToken(inspector)));
      assertEquals(status, 200);
    });
  });
});
