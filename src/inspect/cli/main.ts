/**
 * The program.
 *
 * @module
 */
import { builtin } from "../../adapters/shared/process.ts";
import { KeyboardInterrupt } from "../../core/errors.ts";
import type { Coroutine } from "../../core/suspend.ts";
import { run } from "../../loop/runner.ts";
import { sleep } from "../../tasks/sleep.ts";
import { formatTree } from "../format_tasks.ts";
import { printable } from "../printable.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Command, parseArguments, USAGE } from "./arguments.ts";
import { CommandError } from "./command_error.ts";
import { openSource, type Source } from "./sources.ts";
import { formatTable } from "./table.ts";

interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { readonly isTTY?: boolean; write(text: string, done?: () => void): unknown };
  readonly stderr: { write(text: string): unknown };
  exitCode?: unknown;
}

/** Milliseconds between two looks. */
const INTERVAL = 1_000;
/** Empties the screen, and goes to its begin. */
const CLEAR = "\x1b[2J\x1b[H";

/** Runs the program; returns its exit code, which is also set. */
export async function main(args: readonly string[]): Promise<number> {
  const host = builtin<Host>("node:process");
  let code = 0;
  try {
    const command = parseArguments(args);
    if (command === null) host.stdout.write(USAGE);
    else await run(() => show(command, host), { signals: ["SIGINT", "SIGTERM"] });
  } catch (error) {
    if (error instanceof KeyboardInterrupt) return host.exitCode as number;
    if (!(error instanceof CommandError)) throw error;
    host.stderr.write(`ERROR: ${printable(error.message)}\n`);
    code = error.code;
  }
  // Left to the host if it is 0: a program that calls this may have its own.
  if (code !== 0) host.exitCode = code;
  return code;
}

function* show(command: Command, host: Host): Coroutine<void> {
  const token = command.token ?? variable(host, "ASYNCIO_INSPECT_TOKEN");
  const source = yield* openSource(command.target, token, command.token !== null);
  try {
    host.stdout.write(format(command, yield* source.take()));
    while (command.watch) {
      yield* sleep(INTERVAL);
      const snapshot = yield* takeOrNull(source);
      if (snapshot === null) return void host.stderr.write("The program has ended.\n");
      const text = format(command, snapshot);
      host.stdout.write(host.stdout.isTTY === true ? CLEAR + text : command.json ? text : `\n${text}`);
    }
  } finally {
    yield* source.close();
  }
}

/** What was reached before and is not any more has ended. */
function* takeOrNull(source: Source): Coroutine<Snapshot | null> {
  try {
    return yield* source.take();
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}

/** A variable of the environment; null if it is not set, or may not be read. */
function variable({ env }: Host, name: string): string | null {
  try {
    return env[name] ?? null;
  } catch {
    return null;
  }
}

function format({ name, json }: Command, snapshot: Snapshot): string {
  if (json) return `${JSON.stringify(snapshot)}\n`;
  if (name === "ps") return `${formatTable(snapshot)}\n`;
  return snapshot.loops.map(({ tasks }) => tasks.length === 0 ? "" : `${formatTree(tasks)}\n`).join("");
}
