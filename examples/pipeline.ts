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
 * Nothing is read faster than the next process takes it. One that has seen enough ends, writing to it fails with EPIPE, and the process before
 * it is ended: so does a pipeline with an endless source. The exit code is that of the last process.
 *
 * @module
 */
import process from "node:process";
import {
  type Coroutine,
  createSubprocessExec,
  createTask,
  OSError,
  PIPE,
  run,
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
    // The next process has seen enough.
    if (!(error instanceof OSError) || error.code !== "EPIPE") throw error;
  }
  target.close();
}

function* print(source: StreamReader): Coroutine<void> {
  for (;;) {
    const data = yield* source.read(65_536);
    if (data.length === 0) return;
    process.stdout.write(data);
  }
}

/** Runs commands in a row and prints what the last one writes; gives the exit code of each. */
function* pipeline([command, ...rest]: string[][], source: StreamReader | null): Coroutine<number[]> {
  const [program = "", ...args] = command ?? [];
  return yield* use(createSubprocessExec(program, args, { stdin: PIPE, stdout: PIPE }), function* (child) {
    const feeding = createTask(feed(child.stdin, source));
    let codes: number[] = [];
    if (rest.length > 0) codes = yield* pipeline(rest, child.stdout);
    else yield* print(child.stdout);
    // Whoever still writes writes for nobody.
    feeding.cancel();
    if (!child.stdout.atEof()) child.terminate();
    return [yield* child.wait(), ...codes];
  });
}

/** The commands of the command line. */
function parse(words: string[]): string[][] {
  if (!words.includes(":")) return [["ls", words[0] ?? "."], ["sort", "-r"], ["head", "-n", words[1] ?? "10"]];
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word === ":") commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands;
}

try {
  const codes = await run(pipeline(parse(process.argv.slice(2)), null));
  process.exitCode = codes.at(-1) ?? 0;
} catch (error) {
  if (!(error instanceof OSError || error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
