/**
 * A pipeline without a shell: `ls DIRECTORY | sort -r | head -n LINES`, each program a process, with streams between them.
 *
 * ```sh
 * deno run --allow-run=ls,sort,head examples/pipeline.ts / 5
 * bun run examples/pipeline.ts / 5
 * node examples/pipeline.ts / 5
 * ```
 *
 * Other commands have `:` between them:
 *
 * ```sh
 * deno run --allow-run examples/pipeline.ts yes : head -n 3 : tr y n
 * ```
 *
 * and a single one has it before it: `pipeline.ts : sh -c "exit 3"`.
 *
 * Nothing is read faster than the next process takes it. One that has seen enough ends, writing to it fails with EPIPE, and the process before
 * it is ended: so does a pipeline with an endless source. The exit code is that of the last process, or 128 and the number of the signal that
 * has ended it. Ctrl-C ends all of them, and the program ends with code 130.
 *
 * @module
 */
import process from "node:process";
import {
  type Coroutine,
  createSubprocessExec,
  createTask,
  main,
  OSError,
  PIPE,
  type StreamReader,
  type StreamWriter,
  use,
} from "@loop/asyncio";

/** Moves everything from one process to the next, until either has ended. */
function* feed(target: StreamWriter, source: StreamReader | null): Coroutine<void> {
  try {
    while (source !== null) {
      const data = yield* source.read(65_536);
      if (data.length === 0) break;
      target.write(data);
      yield* target.drain();
    }
  } catch (error) {
    // The next process has seen enough, or has ended.
    if (!(error instanceof OSError) || !["EPIPE", "ECONNRESET"].includes(error.code)) throw error;
  }
  target.close();
}

/** Runs commands in a row; gives the exit code of each. The last one writes to where this program does. */
function* pipeline([command, ...rest]: string[][], source: StreamReader | null): Coroutine<number[]> {
  const [program = "", ...args] = command ?? [];
  const stdout = rest.length > 0 ? PIPE : null;
  return yield* use(createSubprocessExec(program, args, { stdin: PIPE, stdout }), function* (child) {
    const feeding = createTask(feed(child.stdin, source));
    let codes: number[] = [];
    try {
      if (child.stdout === null) yield* child.wait();
      else codes = yield* pipeline(rest, child.stdout);
    } finally {
      // Whoever still writes writes for nobody.
      feeding.cancel();
    }
    if (child.returncode === null && child.stdout?.atEof() === false) child.terminate();
    return [yield* child.wait(), ...codes];
  });
}

/** The commands of the command line. */
function parse(words: string[]): string[][] {
  const [directory = ".", lines = "10", ...more] = words;
  if (!words.includes(":")) {
    // What looks like a command is one whose ":" is missing.
    if (more.length > 0 || directory.startsWith("-") || !/^\d+$/.test(lines)) throw new UsageError();
    return [["ls", directory], ["sort", "-r"], ["head", "-n", lines]];
  }
  const commands: string[][] = [[]];
  for (const word of words[0] === ":" ? words.slice(1) : words) {
    if (word === ":") commands.push([]);
    else commands.at(-1)?.push(word);
  }
  if (commands.some((command) => command.length === 0)) throw new UsageError();
  return commands;
}

class UsageError extends Error {
  constructor() {
    super(
      "Usage: pipeline.ts [DIRECTORY [LINES]], or pipeline.ts [:] COMMAND : COMMAND ..., with a : between commands.",
    );
  }
}

main(function* () {
  try {
    const codes = yield* pipeline(parse(process.argv.slice(2)), null);
    const code = codes.at(-1) ?? 0;
    // As a shell tells that a signal has ended it.
    return code < 0 ? 128 - code : code;
  } catch (error) {
    if (!(error instanceof OSError || error instanceof RangeError || error instanceof UsageError)) throw error;
    console.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
});
