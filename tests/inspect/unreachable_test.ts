/**
 * Targets that cannot tell: what is said of each.
 */
import { createServer, type Socket } from "node:net";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run } from "../../mod.ts";
import { CommandError, NobodyThere } from "../../src/inspect/cli/command_error.ts";
import { DebuggerSession } from "../../src/inspect/cli/debugger.ts";
import { get } from "../../src/inspect/cli/http_client.ts";
import { openSource } from "../../src/inspect/cli/sources.ts";
import { fixtureFlags, Program } from "../program.ts";
import { PATIENCE, within } from "../within.ts";
import { freePort } from "../free_port.ts";

/** Asks a target for a snapshot; returns why that cannot be. */
async function refusal(target: string): Promise<CommandError> {
  return await assertRejects(
    () =>
      run(function* () {
        const source = yield* openSource(target, null, false);
        try {
          yield* source.take();
        } finally {
          yield* source.close();
        }
      }),
    CommandError,
  );
}

/** Runs a test beside a server that does the same with each connection. */
async function besideServer(connected: (socket: Socket) => void, test: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await test((server.address() as { port: number }).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

function answering(answer: string): (socket: Socket) => void {
  return (socket) => void socket.once("data", () => socket.end(answer));
}

describe("A target that cannot tell", () => {
  it("is told from an inspector by what it answers", async () => {
    /** Of each the words, and whether it is as if nobody were there. */
    const answers: [string, RegExp, boolean][] = [
      ["220 smtp\r\n", /does not speak HTTP: it is no inspector\.$/, false],
      ["", /has closed the connection without a whole answer: its program may have just ended\.$/, true],
      ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", /without a whole answer/, true],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc", /without a whole answer/, true],
      ["HTTP/1.1 404 Not Found\r\n\r\n", /is no inspector: it answers 404\.$/, false],
      ["HTTP/1.1 200 OK\r\n\r\n<html>", /is no inspector: it answers something else\.$/, false],
      ["HTTP/1.1 200 OK\r\n\r\nnull", /is no inspector: it answers something else\.$/, false],
      ["HTTP/1.1 200 OK\r\n\r\n[]", /^The debugger at .* has no program\.$/, false],
      [
        'HTTP/1.1 200 OK\r\n\r\n[{"webSocketDebuggerUrl":"ht tp:x"}]',
        /"ht tp:x" is not an address of a debugger/,
        false,
      ],
      ['HTTP/1.1 200 OK\r\n\r\n{"version":1,"loops":[{}]}', /it answers something else\.$/, false],
      ['HTTP/1.1 200 OK\r\n\r\n{"version":2,"loops":[]}', /is of another version of @loop\/asyncio/, false],
      [
        "HTTP/1.1 403 Forbidden\r\n\r\nThis is an inspector: ask it by another name.\n",
        /^The inspector at .* refuses: ask it by another name\.$/,
        false,
      ],
      [
        "HTTP/1.1 500 Wrong\r\n\r\nThe inspector could not answer. The exception handler of its loop knows why.\n",
        /could not answer: the exception handler of its loop knows why\.$/,
        false,
      ],
    ];
    for (const [answer, words, isNobody] of answers) {
      await besideServer(answering(answer), async (port) => {
        const error = await refusal(`:${port}`);
        assertMatch(error.message, words);
        assertEquals(error instanceof NobodyThere, isNobody, answer);
      });
    }
  });

  it("is not waited for without an end", async () => {
    await besideServer(() => {}, async (port) => {
      const error = await assertRejects(
        () => run(() => get({ host: "127.0.0.1", port }, "/", null, { pause: 20, whole: 60_000, length: 100 })),
        CommandError,
        `127.0.0.1:${port} does not answer: the program may be busy, or stopped.`,
      );
      assert(!(error instanceof NobodyThere));
    });
  });

  it("is not waited for when it answers bit by bit without an end", async () => {
    let hasBegun = false;
    const head = "HTTP/1.1 200 OK\r\n\r\n";
    const connected = (socket: Socket) => {
      const timer = setInterval(() => socket.write("{"), 1);
      socket.on("close", () => clearInterval(timer));
      socket.write(head, () => hasBegun = true);
    };
    await besideServer(connected, async (port) => {
      const place = { host: "127.0.0.1", port };
      // On a busy machine the time may be over before the answer has begun.
      for (let tries = 0; !hasBegun; tries++) {
        assert(tries < 100, "no answer has begun");
        const asked = run(() => get(place, "/", null, { pause: PATIENCE, whole: 50, length: 1_000_000_000 }));
        await assertRejects(() => within(asked, "an end of the answer"), CommandError, "does not answer");
      }
    });
  });

  if (process.platform !== "win32") {
    it("may be a path at which no socket is, or one that was left behind", async () => {
      const folder = mkdtempSync(`${tmpdir()}/loop-asyncio-target-`);
      try {
        writeFileSync(`${folder}/file`, "");
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(`${folder}/served`, resolve));
        // It is not found when the server takes it away.
        renameSync(`${folder}/served`, `${folder}/left`);
        await new Promise((resolve) => server.close(resolve));
        const words: [string, RegExp][] = [
          [`${folder}/file`, /: it is a file, and no socket\.$/],
          [folder, /: it is a folder, and no socket\.$/],
          [
            `${folder}/left`,
            /: nothing listens there any more, and the program that did has left its socket behind\.$/,
          ],
          [`${folder}/none`, /: nothing listens there\.$/],
          [`/${"long".repeat(100)}`, /^Cannot reach a path of 401 bytes: a Unix socket's path has at most \d+\./],
          ["/nu\0l", /^Cannot reach a NUL in the path/],
        ];
        for (const [path, word] of words) assertMatch((await refusal(path)).message, word);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it("may be an address of no debugger", async () => {
    const words: [string, RegExp][] = [
      ["ws://127.0.0.1:1/x", /^Cannot reach the debugger at ws:\/\/127\.0\.0\.1:1\/x: nothing listens there\.$/],
      ["ws://127.0.0.1:1/#x", /is not an address of a debugger\.$/],
    ];
    for (const [target, word] of words) assertMatch((await refusal(target)).message, word);
  });

  // The engine of Bun has another protocol.
  if (!("Bun" in globalThis)) {
    it("may be in a step that does not end, and is told by the function that it is in", async () => {
      const port = await freePort();
      const flags = [...fixtureFlags("--allow-all"), `--inspect=127.0.0.1:${port}`];
      const program = new Program(new URL("./fixtures/endless.ts", import.meta.url), flags);
      try {
        await program.until("ready");
        const { body } = await run(() => get({ host: "127.0.0.1", port }, "/json/list", null));
        const [{ webSocketDebuggerUrl: url }] = JSON.parse(body) as [{ webSocketDebuggerUrl: string }];
        const session = await DebuggerSession.open(url, { engine: PATIENCE, patience: 20, turn: 500 });
        assertEquals(await session.main.evaluate("1 + 1"), 2);
        const error = await assertRejects(() => session.main.evaluatePromise("Promise.resolve(1)"), CommandError);
        assertMatch(
          error.message,
          /^The program does not answer: it is in a step that does not end, and .* It is in endless \S*endless\.ts:8/,
        );
        await session.close();
      } finally {
        process.kill(program.pid, "SIGKILL");
        await program.ended;
      }
    });
  }
});
