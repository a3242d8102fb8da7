/**
 * The program that looks at another one, as it is called.
 */
import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { onTerminal } from "../examples/terminal.ts";
import { fixtureFlags, Program } from "../program.ts";
import { freePort } from "../free_port.ts";
import type { Snapshot } from "../../src/inspect/mod.ts";

const FLAGS = fixtureFlags("--allow-all");
const TARGET = new URL("./fixtures/target.ts", import.meta.url);
const NO_LOOP = new URL("./fixtures/no_loop.ts", import.meta.url);
const isNode = !("Deno" in globalThis) && !("Bun" in globalThis);
const hasV8 = !("Bun" in globalThis);

function start(...args: string[]): Program {
  return new Program(new URL("../../src/inspect/mod.ts", import.meta.url), FLAGS, args);
}

/** Runs the program to its end. */
async function cli(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const program = start(...args);
  const code = await program.ended;
  return {
    code,
    output: program.output.replace(program.errors, ""),
    errors: program.errors,
  };
}

/** Runs a test beside a program that is looked at. */
async function beside(
  test: (target: Program) => Promise<void>,
  args: string[] = ["port"],
  flags: string[] = [],
  file: URL = TARGET,
): Promise<void> {
  const target = new Program(file, [...FLAGS, ...flags], args);
  try {
    await target.until("ready");
    await test(target);
  } finally {
    target.kill("SIGTERM");
    await target.ended;
  }
}

/** What a program says of where its inspector is. */
function urlOf({ output }: Program): string {
  return /https?:\S+token=\w+/.exec(output)?.[0] ?? "";
}

/** The tree of the program, with the lines of its file. */
const TREE = `
└── (T) Task-1
    └──  main target.ts:25
        └──  album target.ts:29
            ├──  wait <Event [unset, waiters:4]>
            ├── (T) first
            │   └──  play target.ts:14
            │       └──  wait <Event [unset, waiters:4]>
            └── (T) second
                └──  play target.ts:14
                    └──  wait <Event [unset, waiters:4]>
└── (T) red\\u{1b}[31m\\u{202e}
    └──  wait
        └──  wait <Event [unset, waiters:4]>
`.trim();

/** A tree without the folders of its files. */
function withoutFolders(tree: string): string {
  return tree.replace(/ [^ ]*(target\.ts:\d+)/g, " $1");
}

describe("inspect ps|pstree", () => {
  it("prints the tree, the table and the snapshot of a program by its address", async () => {
    await beside(async (target) => {
      const url = urlOf(target);
      const tree = await cli("pstree", url);
      assertEquals([tree.code, tree.errors], [0, ""]);
      assertEquals(withoutFolders(tree.output), `${TREE}\n`);
      const { output } = await cli("ps", url);
      const [head, line, ...rows] = output.trimEnd().split("\n");
      assertMatch(head!, /^loop +task id +task name +coroutine stack +awaiter chain +awaiter name +awaiter id$/);
      assertEquals(line, "-".repeat(180));
      assertEquals(rows.length, 4);
      assertMatch(rows[0]!, /^\d+ +0x\w+ +Task-1 +wait <Event \[unset, waiters:4\]> -> album -> main +0x0$/);
      assertMatch(rows[2]!, /^\d+ +0x\w+ +first +wait <.*> -> play +wait <.*> -> album -> main +Task-1 +0x\w+$/);
      assert(!output.includes("\x1b"));
      const json = JSON.parse((await cli("pstree", url, "--json")).output) as Snapshot;
      assertEquals(json.pid, target.pid);
      assertEquals(json.loops[0]?.tasks.map(({ name }) => name), ["Task-1", "red\x1b[31m\u202e", "first", "second"]);
    });
  });

  it("takes the token beside a port, and says what is wrong with another", async () => {
    await beside(async (target) => {
      const { port, searchParams } = new URL(urlOf(target));
      const token = searchParams.get("token")!;
      assertEquals(withoutFolders((await cli("pstree", `:${port}`, "--token", token)).output), `${TREE}\n`);
      assertEquals((await cli("pstree", `localhost:${port}`, `--token=${token}`)).code, 0);
      assertEquals((await cli("pstree", port, "--token", token)).code, 0);
      const none = await cli("pstree", `127.0.0.1:${port}`);
      assertEquals(none.code, 1);
      assertMatch(none.errors, /^ERROR: The inspector at 127\.0\.0\.1:\d+ wants its token: write --token TOKEN/);
      const wrong = await cli("pstree", `127.0.0.1:${port}`, "--token", "wrong");
      assertMatch(wrong.errors, /has another token/);
    });
  });

  it("asks nobody on a terminal whether it may read a variable, and says that it has not", {
    ignore: !("Deno" in globalThis) || onTerminal === null,
  }, async () => {
    await beside(async (target) => {
      const { port } = new URL(urlOf(target));
      const file = fileURLToPath(new URL("../../src/inspect/mod.ts", import.meta.url));
      const flags = ["--quiet", "--no-check", "--no-config", `--allow-net=127.0.0.1:${port}`];
      const command = [process.execPath, "run", ...flags, file, "pstree", `:${port}`];
      const { output } = await onTerminal!(command, "is not read without --allow-env=ASYNCIO_INSPECT_TOKEN.");
      assertMatch(output, /^ERROR: The inspector at 127\.0\.0\.1:\d+ wants its token: write --token TOKEN/);
    });
  });

  it("reaches a Unix socket", async () => {
    const folder = mkdtempSync(`${tmpdir()}/loop-asyncio-cli-`);
    try {
      const path = `${folder}/socket`;
      await beside(async () => {
        const token = ["--token", "0123456789-abcdef"];
        assertEquals(withoutFolders((await cli("pstree", path, ...token)).output), `${TREE}\n`);
        assertEquals((await cli("pstree", `unix:${path}`, ...token)).code, 0);
        assertMatch((await cli("pstree", path)).errors, /wants its token/);
      }, [path]);
      const { code, errors } = await cli("pstree", path);
      assertEquals(code, 1);
      assertEquals(errors, `ERROR: Cannot reach ${path}: nothing listens there.\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("looks again and again until the program ends", async () => {
    let watching: Program | null = null;
    await beside(async (target) => {
      watching = start("pstree", urlOf(target), "--watch");
      // The first, and one after an empty line.
      await watching.until("waiters:4]>\n\n└── (T) Task-1");
    });
    assertEquals(await watching!.ended, 0);
    assertMatch(watching!.errors, /^The program has ended\.\n$/);
  });

  if (hasV8) {
    it("looks by the debugger of V8 at a program that has prepared nothing", async () => {
      const port = await freePort();
      await beside(
        async () => {
          const { code, output, errors } = await cli("pstree", `:${port}`);
          assertEquals([code, errors], [0, ""]);
          assertEquals(withoutFolders(output), `${TREE}\n`);
          const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
          assertEquals((await cli("ps", list[0].webSocketDebuggerUrl)).code, 0);
        },
        [],
        [`--inspect=127.0.0.1:${port}`],
      );
    });

    it("says that a program has no loop", async () => {
      const port = await freePort();
      await beside(
        async () => {
          const { code, errors } = await cli("pstree", `:${port}`);
          assertEquals([code, errors], [1, "ERROR: That program has not made a loop of @loop/asyncio.\n"]);
        },
        [],
        [`--inspect=127.0.0.1:${port}`],
        NO_LOOP,
      );
    });
  }

  // Deno opens its inspector where another program may have one, and the tests of this run do.
  if (isNode && process.platform === "linux") {
    it("looks at a process of Node by its number, and closes the inspector that it has opened", async () => {
      await beside(
        async (target) => {
          for (let times = 0; times < 2; times++) {
            const { code, output, errors } = await cli("pstree", String(target.pid));
            assertEquals([code, errors], [0, ""]);
            assertEquals(withoutFolders(output), `${TREE}\n`);
          }
          await target.until("Debugger ending");
        },
        [],
        ["--inspect-port=127.0.0.1:0"],
      );
    });
  }

  if (hasV8 && process.platform === "linux") {
    it("leaves an inspector open that a process was started with, when it is named by its number", async () => {
      const port = await freePort();
      await beside(
        async (target) => {
          // By the number first: what that closes begins to close a moment later.
          for (const word of [String(target.pid), String(target.pid), `:${port}`]) {
            const { code, output, errors } = await cli("pstree", word);
            assertEquals([code, errors], [0, ""], word);
            assertEquals(withoutFolders(output), `${TREE}\n`);
          }
        },
        [],
        [`--inspect=127.0.0.1:${port}`],
      );
    });
  }

  if ("Bun" in globalThis) {
    it("never sends the signal to a process that it would end", async () => {
      await beside(async (target) => {
        const { code, errors } = await cli("pstree", String(target.pid));
        assertEquals(code, 1);
        assertMatch(
          errors,
          /^ERROR: (Process \d+ is \S+: it would be ended by SIGUSR1|Cannot tell on \w+ what process)/,
        );
        assertEquals((await cli("pstree", urlOf(target))).code, 0);
      });
    });
  }

  it("says what it cannot reach", async () => {
    const server = createServer((socket) => void socket.end("220 smtp\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const unreachable: [string, RegExp][] = [
        [`:${port}`, /does not speak HTTP: it is no inspector/],
        ["127.0.0.1:1", /Cannot reach 127\.0\.0\.1:1: nothing listens there/],
        ["ws://127.0.0.1:1/x", /Cannot reach the debugger at ws:\/\/127\.0\.0\.1:1\/x/],
        ["2147483647", /There is no process 2147483647/],
        [`${tmpdir()}/there/is/none`, /nothing listens there/],
      ];
      for (const [target, words] of unreachable) {
        const { code, output, errors } = await cli("pstree", target);
        assertEquals([code, output], [1, ""], target);
        assertMatch(errors, words);
      }
    } finally {
      server.close();
    }
  });

  it("says what is wrong with its arguments", async () => {
    const refused: [string[], RegExp][] = [
      [[], /Write ps or pstree, and a target/],
      [["top", ":1"], /There is no command "top"/],
      [["ps"], /ps wants a target/],
      [["ps", ""], /ps wants a target/],
      [["ps", ":1", ":2"], /takes one target, and not 2/],
      [["ps", "x\x1b[2J"], /"x\\u001b\[2J" is not a target/],
      [["ps", ":70000"], /70000 is not a port number/],
      [["ps", ":0"], /0 is not a port number/],
      [["ps", "0"], /0 is not the number of a process/],
      [["ps", "99999999999"], /is not the number of a process/],
      [["ps", "http://[bad"], /is not an address/],
      [["ps", "https://127.0.0.1/"], /does not speak HTTPS/],
      [["ps", "unix:"], /wants a path/],
      [["ps", ":1", "--jsn"], /There is no option "--jsn"/],
      [["ps", ":1", "--token"], /--token wants a token/],
    ];
    for (const [args, words] of refused) {
      const { code, output, errors } = await cli(...args);
      assertEquals([code, output], [2, ""], args.join(" "));
      assertMatch(errors, words);
      assert(!errors.includes("\x1b"));
    }
    const { code, output } = await cli("--help");
    assertEquals(code, 0);
    assertMatch(output, /usage: ps\|pstree TARGET/);
  });
});
