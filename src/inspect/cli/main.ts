/**
 * The program.
 *
 * @module
 */
import { builtin, readVariable } from "../../adapters/shared/process.ts";
import { KeyboardInterrupt } from "../../core/errors.ts";
import type { Coroutine } from "../../core/suspend.ts";
import { run } from "../../loop/runner.ts";
import { sleep } from "../../tasks/sleep.ts";
import { printable } from "../printable.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Command, parseArguments, USAGE } from "./arguments.ts";
import { CommandError, NobodyThere } from "./command_error.ts";
import type { Told } from "./debugger_snapshot.ts";
import { type HostOutput, Output, ReaderGone } from "./output.ts";
import { openSource, type Source, TOKEN_VARIABLE } from "./sources.ts";
import { formatTable, formatTrees } from "./table.ts";

interface Host {
  readonly stdout: HostOutput;
  readonly stderr: HostOutput;
  exitCode?: unknown;
}

/** Milliseconds between two looks. */
const INTERVAL = 1_000;
/** Empties the screen, and goes to its begin. */
const CLEAR = "\x1b[2J\x1b[H";

/** Runs the program; returns its exit code, which is also set. */
export async function main(args: readonly string[]): Promise<number> {
  const host = builtin<Host>("node:process");
  using output = new Output(host.stdout, "stdout");
  using errors = new Output(host.stderr, "stderr");
  let code = 0;
  try {
    code = await run(() => command(args, output, errors), { signals: ["SIGINT", "SIGTERM"] });
  } catch (error) {
    if (error instanceof KeyboardInterrupt) return host.exitCode as number;
    throw error;
  }
  // Left to the host if it is 0: a program that calls this may have its own.
  if (code !== 0) host.exitCode = code;
  return code;
}

/** Does what it is asked, or says why that cannot be; returns the exit code. */
function* command(args: readonly string[], output: Output, errors: Output): Coroutine<number> {
  try {
    const command = parseArguments(args);
    if (command !== null) return yield* show(command, output, errors);
    yield* output.write(USAGE);
    return 0;
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    if (!(error instanceof CommandError)) throw error;
    return yield* fail(errors, error);
  }
}

/** Says what could not be done; returns the exit code. */
function* fail(errors: Output, { message, code }: CommandError): Coroutine<number> {
  yield* tell(errors, `ERROR: ${printable(message)}`);
  return code;
}

/** Says a line, if somebody is there to read it. */
function* tell(errors: Output, line: string): Coroutine<void> {
  try {
    yield* errors.write(`${line}\n`);
  } catch (error) {
    if (!(error instanceof ReaderGone || error instanceof CommandError)) throw error;
  }
}

function* show(command: Command, output: Output, errors: Output): Coroutine<number> {
  const token = command.token ?? readVariable(TOKEN_VARIABLE) ?? null;
  const source = yield* openSource(command.target, token, command.token !== null);
  try {
    let code = 0;
    for (let told: Told | null = yield* source.take(), isFirst = true; told !== null; isFirst = false) {
      const text = format(command, told.snapshot);
      yield* output.write(isFirst || command.json ? text : output.isTerminal ? CLEAR + text : `\n${text}`);
      if (!command.json && isIdle(told.snapshot)) yield* tell(errors, "There are no tasks.");
      for (const failure of told.failures) code = yield* fail(errors, failure);
      if (!command.watch) return code;
      yield* sleep(INTERVAL);
      told = yield* takeOrNull(source);
    }
    yield* tell(errors, "The program has ended.");
    return code;
  } finally {
    yield* source.close();
  }
}

/** What was reached before and is not any more has ended. */
function* takeOrNull(source: Source): Coroutine<Told | null> {
  try {
    return yield* source.take();
  } catch (error) {
    if (error instanceof NobodyThere) return null;
    throw error;
  }
}

function isIdle({ loops }: Snapshot): boolean {
  return loops.every(({ tasks }) => tasks.length === 0);
}

function format({ name, json }: Command, snapshot: Snapshot): string {
  if (json) return `${JSON.stringify(snapshot)}\n`;
  if (name === "ps") return `${formatTable(snapshot)}\n`;
  return formatTrees(snapshot);
}
