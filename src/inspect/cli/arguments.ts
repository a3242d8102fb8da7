/**
 * The arguments of the program.
 *
 * @module
 */
import { CommandError } from "./command_error.ts";

/** What the program is asked for. */
export interface Command {
  readonly name: "ps" | "pstree";
  readonly target: string;
  readonly token: string | null;
  readonly json: boolean;
  readonly watch: boolean;
}

/** What `--help` prints. */
export const USAGE = `Shows what the event loops of a running program do.

usage: ps|pstree TARGET [--json] [--watch] [--token TOKEN]

  ps        a table of the tasks, with who waits for them
  pstree    the tasks as a tree: below each what it waits for

TARGET is one of
  http://127.0.0.1:PORT/?token=TOKEN   what inspect({ port }) of the program says
  :PORT  HOST:PORT  PORT --token TOKEN  the same, or the inspector of V8 (node --inspect, deno run --inspect)
  /PATH  unix:PATH                     the Unix socket of inspect({ path })
  ws://…                               the address that V8's inspector says
  PID                                  a process of Node or Deno, on Linux: SIGUSR1 opens its inspector, which is closed again

  --json     the snapshot as JSON
  --watch    again every second, until the program ends
  --token    the token, if it is not a part of TARGET; by default that of the variable ASYNCIO_INSPECT_TOKEN

It ends with 0; with 1 if the target cannot tell; with 2 if it was called wrongly.
`;

/** Reads the arguments; null if help is asked for. */
export function parseArguments(args: readonly string[]): Command | null {
  const words: string[] = [];
  const flags = { json: false, watch: false };
  let token: string | null = null;
  const left = [...args];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--help" || word === "-h") return null;
    if (word === "--json" || word === "--watch") flags[word === "--json" ? "json" : "watch"] = true;
    else if (word === "--token" || word.startsWith("--token=")) {
      const value: string | undefined = word === "--token" ? left.shift() : word.slice("--token=".length);
      if (value === undefined || value === "") throw new CommandError("--token wants a token after it.", 2);
      token = value;
    } else if (word.startsWith("-")) {
      throw new CommandError(`There is no option ${JSON.stringify(word)}. --help lists those that there are.`, 2);
    } else words.push(word);
  }
  const [name, target, ...rest] = words;
  if (name === undefined) throw new CommandError("Write ps or pstree, and a target. --help says more.", 2);
  if (name !== "ps" && name !== "pstree") {
    throw new CommandError(`There is no command ${JSON.stringify(name)}: write ps or pstree. --help says more.`, 2);
  }
  if (target === undefined || target === "") {
    throw new CommandError(`${name} wants a target: a process, a port, a socket or an address. --help says more.`, 2);
  }
  if (rest.length > 0) throw new CommandError(`${name} takes one target, and not ${words.length - 1}.`, 2);
  return { name, target, token, ...flags };
}
