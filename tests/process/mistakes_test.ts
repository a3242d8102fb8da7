import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Awaitable,
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  DEVNULL,
  type LazyAwaitable,
  OSError,
  PIPE,
  run,
  sleep,
  STDOUT,
} from "../../mod.ts";
import { withFake } from "./fake_process.ts";
import { bytes, onEach, text } from "./hosts.ts";

function* caught(source: Coroutine<unknown> | Awaitable<unknown>): Coroutine<Error> {
  try {
    yield* source;
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown");
}

/** The code of the OSError that starting fails with, and its message. */
function* refused(source: Coroutine<unknown> | Awaitable<unknown>): Coroutine<[code: string, message: string]> {
  const error = yield* caught(source);
  if (!(error instanceof OSError)) throw error;
  return [error.code, error.message];
}

describe("A process that cannot be started", () => {
  onEach("says that there is no such program, and what to check", function* () {
    for (const program of ["no-such-program-here", "./no-such-program-here", "/no/such/program"]) {
      const [code, message] = yield* refused(createSubprocessExec(program));
      assertEquals(code, "ENOENT");
      assertStringIncludes(message, `Cannot start "${program}": there is no such program`);
    }
    const env = { PATH: "/nowhere" };
    assertEquals((yield* refused(createSubprocessExec("cat", [], { env })))[0], "ENOENT");
  });

  onEach("says that the file is not executable, or a directory", function* () {
    for (const program of ["/etc/passwd", "/etc"]) {
      const [code, message] = yield* refused(createSubprocessExec(program));
      assertEquals(code, "EACCES");
      assertStringIncludes(message, "not executable");
    }
  });

  onEach("blames cwd where it is to blame", function* () {
    const [code, message] = yield* refused(createSubprocessExec("true", [], { cwd: "/no/such/directory" }));
    assertEquals(code, "ENOENT");
    assertStringIncludes(message, 'in "/no/such/directory": cwd does not exist');
    const [, about] = yield* refused(createSubprocessExec("true", [], { cwd: "/etc/passwd" }));
    assertStringIncludes(about, "cwd is not a directory");
    const [, program] = yield* refused(createSubprocessExec("no-such-program-here", [], { cwd: "/tmp" }));
    assertStringIncludes(program, "there is no such program");
  });

  onEach("says that its arguments are too long", function* () {
    assertEquals((yield* refused(createSubprocessExec("true", ["x".repeat(10_000_000)])))[0], "E2BIG");
  });
});

describe("A process that does not read its stdin", () => {
  onEach("fails whoever writes there with EPIPE, and nothing else", function* () {
    const child = yield* createSubprocessShell("exec <&-; echo closed; sleep 0.05; exit 3", {
      stdin: PIPE,
      stdout: PIPE,
    });
    assertEquals(text(yield* child.stdout.readline()), "closed\n");
    const error = yield* caught(function* () {
      for (;;) {
        child.stdin.write(new Uint8Array(100_000));
        yield* child.stdin.drain();
      }
    }());
    assertEquals(error instanceof OSError && error.code, "EPIPE");
    const lost = yield* caught(child.stdin.waitClosed());
    assertEquals(lost instanceof OSError && lost.code, "EPIPE");
    assertEquals([yield* child.wait(), child.stdin.isClosing()], [3, true]);
  });

  onEach("is no failure for communicate()", function* () {
    const child = yield* createSubprocessExec("sh", ["-c", "echo done"], { stdin: PIPE, stdout: PIPE });
    const [output] = yield* child.communicate(new Uint8Array(10_000_000));
    assertEquals([text(output), child.returncode], ["done\n", 0]);
  });

  onEach("and has ended fails whoever waits for room, and later writes are dropped", function* () {
    // It ends when it has been written to, and not before.
    const child = yield* createSubprocessExec("head", ["-c", "1"], { stdin: PIPE, stdout: DEVNULL });
    child.stdin.write(new Uint8Array(10_000_000));
    const error = yield* caught(child.stdin.drain());
    assertEquals(error instanceof OSError && error.code, "EPIPE");
    child.stdin.write(bytes("into the void"));
    assertEquals(yield* child.wait(), 0);
  });
});

describe("Output that is longer than the limit of its reader", () => {
  onEach("fails readline(), and the rest can be read", function* () {
    const script = "head -c 100000 /dev/zero; echo; echo next";
    const child = yield* createSubprocessShell(script, { stdout: PIPE, limit: 1000 });
    const error = yield* caught(child.stdout.readline());
    assertEquals(error.name, "RangeError");
    assertStringIncludes(error.message, "the limit is 1000");
    const [rest] = yield* child.communicate();
    // The whole line may have come at once, and is dropped with its end then.
    assertEquals([text(rest)?.endsWith("next\n"), child.returncode], [true, 0]);
  });
});

describe("A signal", () => {
  onEach("must have a name or a number that there is", function* () {
    const child = yield* createSubprocessExec("sleep", ["60"]);
    const send = (signal: unknown) => child.sendSignal(signal as string);
    assertThrows(() => send("SIGNOTHING"), RangeError, "there is no such signal");
    assertThrows(() => send("TERM"), RangeError, 'Its name is "SIGTERM"');
    assertThrows(() => send("sigkill"), RangeError, 'Its name is "SIGKILL"');
    for (const number of [0, -1, 1.5, 65, NaN]) assertThrows(() => send(number), RangeError, "1 to 64");
    for (const other of [null, undefined, {}, ["SIGTERM"]]) assertThrows(() => send(other), TypeError, "give its name");
    // Of other systems.
    assertThrows(() => send("SIGBREAK"), RangeError, "no such signal");
    assertEquals(child.returncode, null);
    child.kill();
    assertEquals(yield* child.wait(), -9);
  });

  onEach("to a process that has ended is an error with code ESRCH", function* () {
    const child = yield* createSubprocessExec("true", [], { stdout: PIPE });
    yield* child.communicate();
    while (!child.stdout.atEof()) yield* sleep(0);
    yield* sleep(1);
    for (const signal of [() => child.kill(), () => child.terminate(), () => child.sendSignal("SIGHUP")]) {
      assertEquals((assertThrows(signal, OSError, "it has ended") as OSError).code, "ESRCH");
    }
  });
});

describe("The arguments of createSubprocessExec() and createSubprocessShell()", () => {
  // JavaScript can pass anything.
  const exec = createSubprocessExec as unknown as (...args: unknown[]) => LazyAwaitable<unknown>;
  const shell = createSubprocessShell as unknown as (...args: unknown[]) => LazyAwaitable<unknown>;
  const withOptions = (options: unknown) => () => exec("true", [], options);

  const assertRefused = (call: () => LazyAwaitable<unknown>, type: ErrorConstructor, part: string) =>
    assertRejects(() => run(call), type, part);

  it("of a wrong type are refused when awaited", async () => {
    await assertRefused(() => exec(), TypeError, "as program");
    await assertRefused(() => exec(5), TypeError, "as program");
    await assertRefused(() => exec(["ls", "-l"]), TypeError, "then an array of its arguments");
    await assertRefused(() => exec(""), RangeError, "empty program");
    await assertRefused(() => exec("ls", "-l"), TypeError, "give an array of strings");
    await assertRefused(() => exec("ls", ["-l", 5]), TypeError, "as argument 1");
    await assertRefused(() => exec("ls", { stdout: PIPE }), TypeError, "give an array of strings");
    await assertRefused(() => shell(["ls", "-l"]), TypeError, "call createSubprocessExec()");
    await assertRefused(() => shell(5), TypeError, "as command");
    await assertRefused(withOptions(null), TypeError, "give an object");
    await assertRefused(withOptions({ cwd: 5 }), TypeError, "as cwd");
    await assertRefused(withOptions({ cwd: "" }), RangeError, "empty cwd");
    await assertRefused(withOptions({ env: "A=1" }), TypeError, "as env");
    await assertRefused(withOptions({ env: { A: 1 } }), TypeError, "environment variable A");
    await assertRefused(withOptions({ env: { "A=B": "1" } }), RangeError, "must not contain =");
    await assertRefused(withOptions({ processGroup: 1 }), TypeError, "give true or false");
    await assertRefused(withOptions({ limit: "1" }), TypeError, "limit");
    await assertRefused(withOptions({ limit: 0 }), RangeError, "limit");
    await assertRefused(withOptions({ gracePeriod: "5s" }), TypeError, "milliseconds");
    await assertRefused(withOptions({ gracePeriod: -1 }), RangeError, "0 or more");
    await assertRefused(withOptions({ gracePeriod: NaN }), RangeError, "0 or more");
  });

  it("with NUL bytes are refused, wherever they are", async () => {
    await assertRefused(() => exec("ec\0ho"), RangeError, "NUL byte in program (at 2)");
    await assertRefused(() => exec("echo", ["fine", "\0"]), RangeError, "NUL byte in argument 1 (at 0)");
    await assertRefused(() => shell("echo a\0b"), RangeError, "NUL byte in command");
    await assertRefused(withOptions({ cwd: "/tmp\0" }), RangeError, "NUL byte in cwd");
    await assertRefused(withOptions({ env: { A: "b\0" } }), RangeError, "NUL byte in the environment variable A");
    await assertRefused(withOptions({ env: { "A\0": "b" } }), RangeError, "NUL byte in the name");
  });

  it("may not be what other modules call stdin, stdout and stderr", async () => {
    await assertRefused(withOptions({ stdout: "pipe" }), TypeError, "give PIPE");
    await assertRefused(withOptions({ stdout: "piped" }), TypeError, "give PIPE");
    await assertRefused(withOptions({ stdin: "inherit" }), TypeError, "give null");
    await assertRefused(withOptions({ stderr: "ignore" }), TypeError, "give DEVNULL");
    await assertRefused(withOptions({ stderr: "/tmp/file" }), TypeError, "a file's URL");
    await assertRefused(withOptions({ stdout: STDOUT }), RangeError, "only stderr");
    await assertRefused(withOptions({ stdin: STDOUT }), RangeError, "only stderr");
    await assertRefused(withOptions({ stdin: -4 }), RangeError, "not negative");
    await assertRefused(withOptions({ stdin: 1.5 }), RangeError, "whole");
    await assertRefused(withOptions({ stdin: {} }), TypeError, "has a number (fd)");
    await assertRefused(withOptions({ stdin: { fd: -1 } }), RangeError, "not negative");
    await assertRefused(withOptions({ stdin: true }), TypeError, "has a number (fd)");
  });

  it("may not be options that mean nothing here", async () => {
    for (const name of ["shell", "text", "encoding", "errors", "universalNewlines", "bufsize"]) {
      await assertRefused(withOptions({ [name]: true }), RangeError, `the unknown option ${name}`);
    }
    await assertRefused(withOptions({ stdio: "inherit" }), RangeError, "give stdin, stdout and stderr");
    await assertRefused(withOptions({ timeout: 5 }), RangeError, "timeout() around");
    await assertRefused(withOptions({ detached: true }), RangeError, "processGroup");
    await assertRefused(withOptions({ signal: new AbortController().signal }), RangeError, "cancel the task");
    await assertRefused(withOptions({ stdin: PIPE, stdOut: PIPE }), RangeError, "Its name is stdout.");
    await assertRefused(withOptions({ process_group: true }), RangeError, "Its name is processGroup.");
    await assertRefused(withOptions({ toString: 5 }), RangeError, "The options are stdin, stdout, stderr, cwd,");
  });

  onEach("that name no open file are refused by the system", function* () {
    assertEquals((yield* refused(createSubprocessExec("true", [], { stdout: 9999 })))[0], "EBADF");
    const url = new URL("https://example.org/");
    assertEquals((yield* caught(createSubprocessExec("true", [], { stdout: url }))).name, "TypeError");
    assertEquals((yield* caught(createSubprocessExec("true", [], { cwd: url }))).name, "TypeError");
  });
});

describe("Process.communicate()", () => {
  it("refuses input that is no bytes, and input for a stdin that is no pipe", async () => {
    await withFake(function* () {
      const piped = yield* createSubprocessExec("program", [], { stdin: PIPE });
      assertThrows(() => piped.communicate("text" as never), TypeError, "new TextEncoder()");
      assertThrows(() => piped.communicate(5 as never), TypeError, "it takes bytes");
      const inherited = yield* createSubprocessExec("program", [], { stdin: DEVNULL });
      assertThrows(() => inherited.communicate(bytes("x")), Error, "Start it with { stdin: PIPE }");
      assertThrows(() => inherited.communicate("text" as never), TypeError, "it takes bytes");
    });
  });

  it("refuses to read what another task is reading, and leaves the process alone", async () => {
    await withFake(function* (processes) {
      const child = yield* createSubprocessExec("program", [], { stdout: PIPE, stderr: PIPE });
      const reading = createTask(child.stdout.readline());
      yield* sleep(0);
      assertEquals((yield* caught(child.communicate())).name, "RuntimeError");
      assertEquals([processes.last.signals, child.returncode], [[], null]);
      processes.last.ends[1]?.write(bytes("line\n"));
      assertEquals(text(yield* reading), "line\n");
      processes.last.exit(0);
      assertEquals(yield* child.wait(), 0);
    });
  });
});
