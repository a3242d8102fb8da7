import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  DEVNULL,
  EventLoop,
  getRunningLoop,
  NotSupportedError,
  OSError,
  PIPE,
  Runner,
  sleep,
  SubprocessProtocol,
  type SubprocessTransport,
} from "../../mod.ts";
import { type FakeProcess, withFake } from "./fake_process.ts";
import { bytes, onEach, text } from "./hosts.ts";

/** Writes down what it is told. */
class Recorder extends SubprocessProtocol {
  readonly log: string[] = [];
  readonly lost = getRunningLoop().createFuture<void>();
  transport!: SubprocessTransport;

  override connectionMade(transport: SubprocessTransport): void {
    this.transport = transport;
    this.log.push("made");
  }
  override pipeDataReceived(fd: number, data: Uint8Array): void {
    this.log.push(`data ${fd} ${text(data)}`);
  }
  override pipeConnectionLost(fd: number, error: Error | null): void {
    this.log.push(`pipe ${fd} lost${error instanceof OSError ? ` by ${error.code}` : ""}`);
  }
  override processExited(): void {
    this.log.push(`exited ${this.transport.getReturncode()}`);
  }
  override connectionLost(error: Error | null): void {
    this.log.push(`lost ${error}`);
    this.lost.setResult();
  }
  override pauseWriting(): void {
    this.log.push("pause");
  }
  override resumeWriting(): void {
    this.log.push("resume");
  }
}

/** Starts a process in memory with the options. */
function* start(loop: EventLoop, options = {}): Coroutine<Recorder> {
  const [transport, recorder] = yield* loop.subprocessExec(() => new Recorder(), "program", [], options);
  recorder.log.push("started");
  assertEquals(transport, recorder.transport);
  return recorder;
}

describe("A SubprocessProtocol", () => {
  it("is told of the process, then its maker goes on, then come data, pipes, the exit, and the end of all", async () => {
    const prepare = (child: FakeProcess) => {
      // Everything has happened before anybody could listen.
      child.ends[1]?.write(bytes("output"));
      child.exit(3);
    };
    const log = await withFake(function* (_processes, loop) {
      const recorder = yield* start(loop);
      yield* recorder.lost;
      return recorder.log;
    }, prepare);
    assertEquals(log.slice(0, 2), ["made", "started"]);
    assertEquals(log.at(-1), "lost null");
    assertEquals(log.indexOf("pipe 1 lost") > log.indexOf("data 1 output"), true);
    assertEquals([...log].sort(), [
      "data 1 output",
      "exited 3",
      "lost null",
      "made",
      "pipe 0 lost",
      "pipe 1 lost",
      "pipe 2 lost",
      "started",
    ]);
  });

  it("gets data and the end of pipes after the exit as well, and its own end only after them", async () => {
    await withFake(function* (processes, loop) {
      const recorder = yield* start(loop);
      const child = processes.last;
      child.exit(0, { close: false });
      yield* sleep(1);
      assertEquals(recorder.log.splice(0), ["made", "started", "exited 0"]);
      // Somebody else has the pipes.
      child.ends[1]?.write(bytes("late"));
      child.ends[1]?.close();
      yield* sleep(1);
      assertEquals(recorder.log.splice(0), ["data 1 late", "pipe 1 lost"]);
      child.ends[2]?.close();
      yield* recorder.lost;
      // Nobody can be told that stdin is read no more, so it ends with the outputs.
      assertEquals(recorder.log, ["pipe 2 lost", "pipe 0 lost", "lost null"]);
    });
  });

  it("is told to pause and to go on writing to stdin, by the water marks of its transport", async () => {
    await withFake(function* (processes, loop) {
      const recorder = yield* start(loop, { stdout: DEVNULL, stderr: DEVNULL });
      const stdin = recorder.transport.getPipeTransport(0)!;
      processes.last.stdin!.capacity = 0;
      stdin.setWriteBufferLimits({ high: 4, low: 1 });
      stdin.write(bytes("abcd"));
      yield* sleep(1);
      stdin.write(bytes("e"));
      assertEquals(recorder.log.slice(2), ["pause"]);
      processes.last.stdin!.makeRoom();
      yield* sleep(1);
      assertEquals(recorder.log.slice(2), ["pause", "resume"]);
      stdin.writeEof();
      yield* sleep(1);
      assertEquals(recorder.log.slice(2), ["pause", "resume", "pipe 0 lost"]);
    });
  });

  it("is told by which error a pipe was lost", async () => {
    await withFake(function* (processes, loop) {
      const recorder = yield* start(loop);
      processes.last.stdin!.break(new OSError("Cannot write: nobody reads.", { code: "EPIPE" }));
      yield* sleep(1);
      assertEquals(recorder.log.slice(2), ["pipe 0 lost by EPIPE"]);
    });
  });

  it("may be replaced, and is told of everything from then on", async () => {
    await withFake(function* (processes, loop) {
      const recorder = yield* start(loop, { stdin: DEVNULL });
      const other = new Recorder();
      other.transport = recorder.transport;
      assertThrows(() => recorder.transport.setProtocol({} as never), TypeError, "extends SubprocessProtocol");
      recorder.transport.setProtocol(other);
      assertEquals(recorder.transport.getProtocol(), other);
      processes.last.exit(0);
      yield* other.lost;
      assertEquals([recorder.log, other.log.sort()], [["made", "started"], [
        "exited 0",
        "lost null",
        "pipe 1 lost",
        "pipe 2 lost",
      ]]);
    });
  });

  it("runs in one context, a copy of that of its maker; what it throws is reported and breaks nothing", async () => {
    const name = new ContextVar("name", { default: "nobody" });
    const seen: string[] = [];
    class Failing extends SubprocessProtocol {
      override connectionMade(): void {
        seen.push(name.get());
        name.set("made");
      }
      override pipeDataReceived(): void {
        seen.push(name.get());
        throw new Error("in a protocol");
      }
      override connectionLost(): void {
        seen.push("lost");
      }
    }
    await withFake(function* (processes, loop) {
      const reported: string[] = [];
      loop.setExceptionHandler((_loop, { exception }) => reported.push(String(exception)));
      name.set("maker");
      yield* loop.subprocessShell(() => new Failing(), "command");
      const { ends } = processes.last;
      ends[1]?.write(bytes("one"));
      yield* sleep(1);
      ends[2]?.write(bytes("two"));
      yield* sleep(1);
      processes.last.exit(0);
      yield* sleep(1);
      assertEquals([seen, reported], [["maker", "made", "made", "lost"], Array(2).fill("Error: in a protocol")]);
      assertEquals(name.get(), "maker");
    });
  });

  onEach("is told of a real process: what it writes, how it ends, and of all its pipes", function* () {
    const loop = getRunningLoop();
    const make = () => new Recorder();
    const script = "echo out; read line; echo $line >&2; exit 7";
    const [transport, recorder] = yield* loop.subprocessExec(make, "sh", ["-c", script]);
    assertEquals([transport.getPid() > 0, transport.getReturncode()], [true, null]);
    transport.getPipeTransport(0)?.write(bytes("hello\n"));
    yield* recorder.lost;
    assertEquals([recorder.log[0], recorder.log.at(-1)], ["made", "lost null"]);
    assertEquals([...recorder.log].sort(), [
      "data 1 out\n",
      "data 2 hello\n",
      "exited 7",
      "lost null",
      "made",
      "pipe 0 lost",
      "pipe 1 lost",
      "pipe 2 lost",
    ]);
    assertStringIncludes(String(transport), `pid=${transport.getPid()} returncode=7 closed`.replace(" closed", ""));
  });
});

describe("A SubprocessTransport", () => {
  it("has a transport for each pipe, of which stdin alone is written to", async () => {
    await withFake(function* (_processes, loop) {
      const { transport } = yield* start(loop, { stderr: DEVNULL });
      const [stdin, stdout, stderr] = [0, 1, 2].map((fd) => transport.getPipeTransport(fd));
      assertEquals([stdin?.canWriteEof(), stdout?.canWriteEof(), stderr, transport.getPipeTransport(3)], [
        true,
        false,
        null,
        null,
      ]);
      assertThrows(() => stdout?.write(bytes("x")), NotSupportedError, "Write to its stdin");
      assertThrows(() => stdout?.writelines([bytes("x")]), NotSupportedError, "Write to its stdin");
      assertThrows(() => stdout?.writeEof(), NotSupportedError, "Write to its stdin");
      assertStringIncludes(String(stdout), "stdout open");
      assertEquals(String(transport), "<SubprocessTransport pid=4711 running stdin stdout>");
      assertEquals([transport.getExtraInfo("nothing", 1), transport.getExtraInfo("subprocess") !== null], [1, true]);
    });
  });

  it("sends signals; to one that has ended it sends none, and says so once all is over", async () => {
    await withFake(function* (processes, loop) {
      const { transport, lost } = yield* start(loop, { stdin: DEVNULL, stderr: DEVNULL });
      const child = processes.last;
      transport.sendSignal("SIGUSR1");
      transport.sendSignal(12);
      transport.terminate();
      transport.kill();
      assertEquals(child.signals.splice(0), ["SIGUSR1 at 0", "12 at 0", "SIGTERM at 0", "SIGKILL at 0"]);
      child.exit(-9, { close: false });
      yield* sleep(1);
      transport.kill();
      assertEquals([child.signals, transport.getReturncode()], [[], -9]);
      child.ends[1]?.close();
      yield* lost;
      const error = assertThrows(() => transport.terminate(), OSError, "it has ended") as OSError;
      assertEquals(error.code, "ESRCH");
    });
  });

  it("closed, kills what runs and closes the pipes; once is enough", async () => {
    await withFake(function* (processes, loop) {
      const { transport, lost, log } = yield* start(loop);
      const child = processes.last;
      child.onSignal = () => child.exit(-9, { close: false });
      child.stdin!.capacity = 0;
      transport.getPipeTransport(0)?.write(bytes("never read"));
      transport.close();
      transport.close();
      assertEquals([transport.isClosing(), child.signals], [true, ["SIGKILL at 0"]]);
      yield* lost;
      assertEquals(log.slice(2).sort(), ["exited -9", "lost null", "pipe 0 lost", "pipe 1 lost", "pipe 2 lost"]);
      assertEquals([child.stdin, child.stdout, child.stderr].map((stream) => stream?.isClosed), [true, true, true]);
    });
  });

  it("kills what runs when its loop closes, and tells nobody any more", async () => {
    let child: FakeProcess | null = null;
    let log: string[] = [];
    await withFake(function* (processes, loop) {
      log = (yield* start(loop)).log;
      child = processes.last;
    });
    assertEquals(child!.signals, ["SIGKILL at 0"]);
    child!.exit(-9);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(log, ["made", "started"]);
  });
});

describe("subprocessExec()", () => {
  for (const slowly of [false, true]) {
    it(`cancelled${slowly ? " while the runtime starts it" : ""}, kills the process and waits for its end`, async () => {
      await withFake(function* (processes, loop) {
        processes.slowly = slowly;
        const task = createTask(loop.subprocessExec(() => new Recorder(), "program"));
        while (processes.started.length === 0) yield* sleep(0);
        const child = processes.last;
        child.onSignal = () => setTimeout(() => child.exit(-9));
        task.cancel();
        assertEquals(yield* ended(task), "CancelledError");
        assertEquals(child.signals, ["SIGKILL at 0"]);
        assertEquals([child.stdin?.isClosed, child.stdout?.isClosed], [true, true]);
      });
    });
  }

  it("starts nothing if the protocol cannot be made, or is none", async () => {
    await withFake(function* (processes, loop) {
      const failing = () => {
        throw new Error("no protocol");
      };
      assertEquals(yield* ended(createTask(loop.subprocessExec(failing, "program"))), "Error");
      assertEquals(yield* ended(createTask(loop.subprocessExec(() => ({}) as never, "program"))), "TypeError");
      assertEquals(yield* ended(createTask(loop.subprocessExec(null as never, "program"))), "TypeError");
      assertEquals(processes.started.length, 0);
    });
  });

  it("says that an adapter without processes has none", async () => {
    const { processes: _, ...without } = new EventLoop().adapter;
    await using runner = new Runner({ loopFactory: () => new EventLoop({ adapter: without }) });
    const starting = runner.run(() => runner.getLoop().subprocessExec(() => new SubprocessProtocol(), "true"));
    await assertRejects(() => starting, NotSupportedError, "start a process");
  });

  it("tells the runtime exactly what it was asked for", async () => {
    await withFake(function* (processes, loop) {
      const cwd = new URL("file:///some/where%20else");
      const options = { cwd, env: { A: "1" }, stdin: null, stdout: 7, stderr: PIPE, processGroup: true } as const;
      yield* loop.subprocessExec(() => new Recorder(), "program", ["a", "b"], options);
      const told = {
        program: "program",
        args: ["a", "b"],
        env: { A: "1" },
        cwd: "/some/where else",
        processGroup: true,
      };
      assertEquals(processes.last.options, { ...told, verbatim: false, stdin: "inherit", stdout: 7, stderr: "pipe" });
      yield* loop.subprocessShell(() => new Recorder(), "a | b");
      assertEquals([processes.last.options.program, processes.last.options.args], ["/bin/sh", ["-c", "a | b"]]);
    });
  });

  it("has cmd.exe read a command line on Windows, where there are no groups and no merged pipes", async () => {
    await withFake(function* (processes, loop) {
      processes.windows = true;
      yield* loop.subprocessShell(() => new Recorder(), 'dir "C:\\My Files"');
      const { program, args, verbatim } = processes.last.options;
      assertEquals([program, args, verbatim], ["cmd.exe", ["/d", "/s", "/c", '"dir "C:\\My Files""'], true]);
      const starting = loop.subprocessExec(() => new Recorder(), "program", [], { processGroup: true });
      assertEquals(yield* ended(createTask(starting)), "NotSupportedError");
    });
  });
});

/** The name of the error that a task ends with. */
function* ended(task: Iterable<never> | ReturnType<typeof createTask>): Coroutine<string> {
  try {
    yield* task as ReturnType<typeof createTask>;
    return "nothing";
  } catch (error) {
    return error instanceof CancelledError ? "CancelledError" : (error as Error).name;
  }
}
