/**
 * What the program prints to: files, pipes, and readers that go away.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, fromPromise, run, sleep } from "../../mod.ts";
import { type HostOutput, Output, ReaderGone } from "../../src/inspect/cli/output.ts";
import { CommandError } from "../../src/inspect/cli/command_error.ts";
import { inspect } from "../../src/inspect/mod.ts";
import { fixtureFlags } from "../program.ts";
import { within } from "../within.ts";

const PROGRAM = fileURLToPath(new URL("../../src/inspect/mod.ts", import.meta.url));
const RUN = "Deno" in globalThis ? ["run", "--quiet", ...fixtureFlags("--allow-all")] : [];

/** Runs a line of the shell, in which `inspect` is the program. */
async function shell(line: string, ...args: string[]): Promise<{ output: string; errors: string }> {
  const script = `inspect() { "$PROGRAM" "$@"; }\n${line}`.replace(
    '"$PROGRAM"',
    [process.execPath, ...RUN, PROGRAM]
      .map((word) => `'${word}'`).join(" "),
  );
  const child = spawn("sh", ["-c", script, "sh", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.errors += text);
  const ended = new Promise((resolve) => child.on("close", resolve));
  await within(ended, "the end of the shell", () => JSON.stringify(said));
  return said;
}

/** A stream of a host that is told what to do with what is written to it. */
function stream(write: (written: (error?: Error | null) => void, tell: (error: Error) => void) => void) {
  const listeners = new Set<(error: Error) => void>();
  const host: HostOutput = {
    write: (_text, written) => write(written, (error) => listeners.forEach((listener) => listener(error))),
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
  };
  return { host, listeners };
}

function failure(code: string | undefined, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe("Output", () => {
  it("waits until what is written has left", async () => {
    let leave = (): void => {};
    const { host, listeners } = stream((written) => void (leave = written));
    await run(function* () {
      using output = new Output(host, "stdout");
      const task = createTask(output.write("text"));
      yield* sleep(0);
      yield* sleep(0);
      assertEquals([task.done(), listeners.size], [false, 1]);
      leave();
      yield* task;
    });
    assertEquals(listeners.size, 0);
  });

  it("tells a reader that has gone away from what cannot be written, however the host tells", async () => {
    const ways: Parameters<typeof stream>[0][] = [
      (written) => written(failure("EPIPE", "write EPIPE")),
      (written, tell) => {
        tell(failure("EPIPE", "write EPIPE"));
        written(failure("EPIPE", "write EPIPE"));
      },
      (_written, tell) => tell(failure("EPIPE", "write EPIPE")),
      () => {
        throw failure("EPIPE", "write EPIPE");
      },
      (written) => written(failure("ERR_STREAM_DESTROYED", "Cannot call write after a stream was destroyed")),
    ];
    for (const way of ways) {
      using output = new Output(stream(way).host, "stdout");
      await assertRejects(() => run(output.write("text")), ReaderGone);
    }
    using full = new Output(
      stream(() => {
        throw failure(undefined, "No space left on device (os error 28)");
      }).host,
      "stdout",
    );
    await assertRejects(
      () => run(full.write("text")),
      CommandError,
      "Cannot write to stdout: No space left on device (os error 28).",
    );
  });
});

if (process.platform !== "win32") {
  describe("inspect ps|pstree", () => {
    it("ends without a word when nobody reads what it prints any more", async () => {
      await run(function* () {
        const inspector = yield* inspect({ port: 0, log: null });
        // More than a pipe takes.
        for (let index = 0; index < 2_000; index++) createTask(sleep(600_000), { name: `sleeper ${index}` });
        yield* sleep(0);
        for (const command of ["ps", "pstree --watch"]) {
          const line = `{ inspect ${command} "$1"; echo "code $?" >&2; } | head -n 1`;
          const { output, errors } = yield* fromPromise(shell(line, inspector.url));
          assertEquals(errors, "code 0\n");
          assertMatch(output, /^(loop +task id.*|└── \(T\) Task-\d+)\n$/);
        }
        yield* fromPromise(inspector.close());
      });
    });

    it("says that there are no tasks where it would print nothing", async () => {
      const server = createServer((_request, response) => void response.end('{"version":1,"loops":[]}'));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      const said = await shell('inspect pstree "$1"; echo "code $?"', `:${port}`);
      assertEquals(said, { output: "code 0\n", errors: "There are no tasks.\n" });
      const { errors } = await shell('inspect pstree "$1" --json', `:${port}`);
      assertEquals(errors, "");
      await new Promise((resolve) => server.close(resolve));
    });

    it("ends without a word when nobody reads its help or its errors", async () => {
      const { errors } = await shell('{ inspect --help; echo "code $?" >&2; } | true');
      assertEquals(errors, "code 0\n");
      const { output } = await shell('{ { inspect ps; echo "code $?" >&3; } 2>&1 | true; } 3>&1');
      assertEquals(output, "code 2\n");
    });

    if (process.platform === "linux") {
      it("says that it cannot write", async () => {
        const { output, errors } = await shell('inspect --help >/dev/full; echo "code $?"');
        assertEquals(output, "code 1\n");
        assertMatch(errors, /^ERROR: Cannot write to stdout: .*no space left on device.*\.\n$/i);
      });
    }
  });
}
