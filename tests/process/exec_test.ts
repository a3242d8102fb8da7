import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  gather,
  type LazyAwaitable,
  OSError,
  PIPE,
  type Process,
  run,
  sleep,
  STDOUT,
} from "../../mod.ts";
import { bytes, onEach, text } from "./hosts.ts";

/** Runs a body with the path of a new directory. */
function* inDirectory<T>(body: (directory: string) => Coroutine<T>): Coroutine<T> {
  const directory = realpathSync(mkdtempSync(`${tmpdir()}/loop-process-`));
  try {
    return yield* body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("createSubprocessExec()", () => {
  onEach("starts a program with its arguments as they are, and gives what it writes and how it ends", function* () {
    const args = ["-c", 'printf "%s|" "$@"; echo complaint >&2; exit 3', "sh", "a b", "$HOME", "", 'quote"', "ü"];
    const child = yield* createSubprocessExec("sh", args, { stdout: PIPE, stderr: PIPE });
    assertEquals([child.pid > 0, child.returncode, child.stdin], [true, null, null]);
    const [output, errors] = yield* child.communicate();
    assertEquals([text(output), text(errors)], ['a b|$HOME||quote"|ü|', "complaint\n"]);
    assertEquals([yield* child.wait(), child.returncode], [3, 3]);
    assertEquals(String(child), `<Process ${child.pid} returncode=3>`);
  });

  onEach("gives streams to talk to a program, line by line", function* () {
    const cat = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE });
    for (const line of ["one\n", "two\n"]) {
      cat.stdin.write(bytes(line));
      yield* cat.stdin.drain();
      assertEquals(text(yield* cat.stdout.readline()), line);
    }
    cat.stdin.writeEof();
    assertEquals([text(yield* cat.stdout.read()), cat.stdout.atEof()], ["", true]);
    yield* cat.stdin.waitClosed();
    assertEquals([yield* cat.wait(), cat.stderr], [0, null]);
  });

  onEach("moves more than all buffers in both directions at once", function* () {
    const much = new Uint8Array(5_000_000).map((_, i) => i % 251);
    const cat = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
    const [output, errors] = yield* cat.communicate(much);
    assertEquals([output.length, errors.length, cat.returncode], [much.length, 0, 0]);
    assertEquals(output.every((byte, i) => byte === i % 251), true);
    // As in CPython, there is nothing left for a second call.
    assertEquals((yield* cat.communicate()).map((rest) => rest.length), [0, 0]);
  });

  onEach("holds a program back whose output nobody reads", function* () {
    const script = "head -c 10000000 /dev/zero; echo done >&2";
    const child = yield* createSubprocessExec("sh", ["-c", script], { stdout: PIPE, stderr: PIPE, limit: 1000 });
    const complaint = child.stderr.readline();
    assertEquals((yield* child.stdout.readexactly(1)).length, 1);
    // Far less than everything is taken from the pipe, until this reads on.
    while (!String(child.stdout).includes("paused")) yield* sleep(1);
    assertEquals([child.returncode, String(child.stderr).includes("bytes")], [null, false]);
    const rest = yield* child.stdout.readexactly(9_999_999);
    assertEquals([rest.length, text(yield* complaint), yield* child.wait()], [9_999_999, "done\n", 0]);
  });

  onEach("tells by −N that signal N has ended a program", function* () {
    for (const [signal, number] of [["SIGTERM", 15], ["SIGKILL", 9], ["SIGUSR1", 10]] as const) {
      const child = yield* createSubprocessExec("sleep", ["60"]);
      child.sendSignal(process.platform === "linux" && signal === "SIGUSR1" ? 10 : signal);
      const code = yield* child.wait();
      if (signal !== "SIGUSR1" || process.platform === "linux") {
        assertEquals([code, child.returncode], [-number, -number]);
      }
    }
    const suicide = yield* createSubprocessExec("sh", ["-c", "kill -ABRT $$"]);
    assertEquals(yield* suicide.wait(), -6);
  });

  onEach("starts in cwd, which relative paths of programs begin at, by path and by URL", function* () {
    yield* inDirectory(function* (directory) {
      writeFileSync(`${directory}/hello.sh`, "#!/bin/sh\necho hello from $(pwd)\n", { mode: 0o755 });
      for (const cwd of [directory, pathToFileURL(directory)]) {
        const child = yield* createSubprocessExec("./hello.sh", [], { cwd, stdout: PIPE });
        assertEquals(text((yield* child.communicate())[0]), `hello from ${directory}\n`);
      }
      const byUrl = yield* createSubprocessExec(pathToFileURL(`${directory}/hello.sh`), [], { stdout: PIPE });
      assertStringIncludes(text((yield* byUrl.communicate())[0]) as string, "hello from ");
    });
  });

  onEach("gives the variables of env and no others; by default those that this program has now", function* () {
    const alone = yield* createSubprocessExec("/usr/bin/env", [], { env: { ONE: "1 =", TWO: "" }, stdout: PIPE });
    assertEquals(text((yield* alone.communicate())[0])?.split("\n").filter((line) => /ONE|TWO|HOME/.test(line)), [
      "ONE=1 =",
      "TWO=",
    ]);
    process.env["LOOP_PROCESS_TEST"] = "set later";
    const inherited = yield* createSubprocessExec("/usr/bin/env", [], { stdout: PIPE });
    delete process.env["LOOP_PROCESS_TEST"];
    assertStringIncludes(text((yield* inherited.communicate())[0]) as string, "LOOP_PROCESS_TEST=set later\n");
  });

  onEach("gives nothing to read and drops what is written by DEVNULL", function* () {
    const child = yield* createSubprocessExec("cat", [], { stdin: DEVNULL, stdout: DEVNULL, stderr: DEVNULL });
    assertEquals([yield* child.wait(), yield* child.communicate()], [0, [null, null]]);
  });

  onEach("makes stderr the same pipe as stdout by STDOUT, in the order of the writes", function* () {
    const script = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done; echo "$0 $1"; exit 4';
    const child = yield* createSubprocessExec("sh", ["-c", script, "a", "b c"], { stdout: PIPE, stderr: STDOUT });
    const [output, errors] = yield* child.communicate();
    assertEquals(text(output), "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\na b c\n");
    assertEquals([errors, child.stderr, child.returncode], [null, null, 4]);
    const failing = (program: string) => createSubprocessExec(program, [], { stdout: PIPE, stderr: STDOUT });
    yield* fails(failing("no-such-program-here"), "ENOENT");
    yield* fails(failing("/etc/passwd"), "EACCES");
    const dropped = yield* createSubprocessExec("sh", ["-c", "echo lost >&2"], { stdout: DEVNULL, stderr: STDOUT });
    assertEquals(yield* dropped.wait(), 0);
  });

  onEach("reads from and writes to open files, by number, by object and by URL", function* () {
    yield* inDirectory(function* (directory) {
      const path = `${directory}/output with a blank`;
      const fd = openSync(path, "w");
      const first = yield* createSubprocessExec("sh", ["-c", "echo one; echo two >&2"], { stdout: fd, stderr: { fd } });
      yield* first.wait();
      closeSync(fd);
      assertEquals(readFileSync(path, "utf8"), "one\ntwo\n");
      const url = pathToFileURL(path);
      const script = "echo a; echo b >&2; echo c";
      const second = yield* createSubprocessExec("sh", ["-c", script], { stdout: url, stderr: STDOUT });
      yield* second.wait();
      const third = yield* createSubprocessExec("cat", [], { stdin: url, stdout: PIPE });
      assertEquals(text((yield* third.communicate())[0]), "a\nb\nc\n");
      yield* fails(createSubprocessExec("cat", [], { stdin: pathToFileURL(`${directory}/missing`) }), "ENOENT");
      yield* fails(createSubprocessExec("cat", [], { stdout: pathToFileURL(`${directory}/a/b`) }), "ENOENT");
    });
  });

  onEach("loses nothing of programs that have ended before anybody could listen", function* () {
    for (let i = 0; i < 30; i++) {
      const child = yield* createSubprocessExec("echo", ["quick"], { stdout: PIPE });
      assertEquals(text(yield* child.stdout.readline()), "quick\n");
      yield* child.wait();
    }
  });

  onEach("runs many at once", function* () {
    const one = function* (i: number) {
      const child = yield* createSubprocessExec("sh", ["-c", `read line; echo "$line ${i}"`], {
        stdin: PIPE,
        stdout: PIPE,
      });
      return text((yield* child.communicate(bytes("line\n")))[0]);
    };
    const all = yield* gather(Array.from({ length: 20 }, (_, i) => one(i)));
    assertEquals(all, Array.from({ length: 20 }, (_, i) => `line ${i}\n`));
  });

  it("is awaited in async functions, whose end disposes of it", async () => {
    await run(async () => {
      await using child = await createSubprocessExec("sh", ["-c", "echo ready; exec sleep 60"], { stdout: PIPE });
      assertEquals(text(await child.stdout.readline()), "ready\n");
    });
  });

  it("refuses to start anything outside of a loop", async () => {
    await assertRejects(async () => await createSubprocessExec("true"), Error, "no event loop is running");
  });
});

describe("createSubprocessShell()", () => {
  onEach("has a shell read the command line", function* () {
    const child = yield* createSubprocessShell("printf 'b\\na\\n' | sort; exit 5", { stdout: PIPE });
    assertEquals([text((yield* child.communicate())[0]), child.returncode], ["a\nb\n", 5]);
  });

  onEach("ends with 127 for a command that does not exist, and its complaint can be read in order", function* () {
    const command = "echo before; no-such-program-here; echo after";
    const child = yield* createSubprocessShell(command, { stdout: PIPE, stderr: STDOUT });
    const lines = text((yield* child.communicate())[0])?.trim().split("\n") ?? [];
    assertEquals([lines.length, lines[0], lines[2]], [3, "before", "after"]);
    assertEquals(yield* (yield* createSubprocessShell("no-such-program-here", { stderr: DEVNULL })).wait(), 127);
  });
});

function* fails(starting: LazyAwaitable<Process>, code: string): Coroutine<void> {
  let error: unknown = null;
  try {
    yield* starting;
  } catch (caught) {
    error = caught;
  }
  assertEquals(error instanceof OSError && error.code, code);
}
