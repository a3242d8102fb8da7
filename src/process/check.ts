/**
 * Checks of arguments, made when the coroutine is first stepped.
 *
 * @module
 */
import type { SubprocessProtocol } from "../io/protocols.ts";
import { SIGNALS, suggestSignal } from "../loop/signals.ts";
import { describeKind } from "../core/repr.ts";
import { DEVNULL, PIPE, STDOUT } from "../io/process.ts";

/** All options there are, for processes with streams and without. */
const OPTIONS = ["stdin", "stdout", "stderr", "cwd", "env", "processGroup", "limit", "gracePeriod"];

/** Options of CPython's, or of other modules, that mean nothing here, with what to write instead. */
const FOREIGN: Readonly<Record<string, string>> = {
  shell: "call createSubprocessShell() or subprocessShell() for a shell",
  text: "streams carry bytes; decode them with TextDecoder",
  universalNewlines: "streams carry bytes; decode them with TextDecoder",
  encoding: "streams carry bytes; decode them with TextDecoder",
  errors: "streams carry bytes; decode them with TextDecoder",
  bufsize: "pipes are never buffered; set limit for the reader",
  stdio: "give stdin, stdout and stderr",
  detached: "processGroup: true makes a process group",
  signal: "cancel the task that waits for the process, or use() it",
  timeout: "put timeout() around what waits for the process",
  args: "the arguments are the second argument of the call",
};

/** Words of other modules for what is a constant here. */
const WORDS: Readonly<Record<string, string>> = {
  pipe: "PIPE",
  piped: "PIPE",
  inherit: "null",
  ignore: "DEVNULL",
  null: "DEVNULL",
};

/** The arguments of a program that is started by its name. */
export function checkExec(program: unknown, args: unknown, options: unknown, where: string): void {
  if (Array.isArray(program)) {
    throw new TypeError(
      `Cannot call ${where}() with an array as the program: give the program, then an array of its arguments.`,
    );
  }
  if (!(program instanceof URL)) checkText(program, "program", where);
  if (program === "") throw new RangeError(`Cannot call ${where}() with an empty program: give its name or path.`);
  if (!Array.isArray(args)) {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(args)} as the arguments: give an array of strings.`,
    );
  }
  for (const [index, arg] of args.entries()) checkText(arg, `argument ${index}`, where);
  checkOptions(options, where);
}

/** The arguments of a command for a shell. */
export function checkShell(command: unknown, options: unknown, where: string): void {
  if (Array.isArray(command)) {
    throw new TypeError(
      `Cannot call ${where}() with an array as the command: give one string, or call ${
        where.replace("Shell", "Exec")
      }() with the program and its arguments.`,
    );
  }
  checkText(command, "command", where);
  checkOptions(options, where);
}

/** The grace period of a process. */
export function checkGracePeriod(value: unknown, where: string): void {
  if (value === undefined || value === null) return;
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot call ${where}() with ${
        describeKind(value)
      } as gracePeriod: give a number of milliseconds, or null for no limit.`,
    );
  }
  if (!(value >= 0)) {
    throw new RangeError(`Cannot call ${where}() with gracePeriod: ${value}. Give milliseconds, 0 or more.`);
  }
}

function checkOptions(value: unknown, where: string): void {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(value)} as its options: give an object.`);
  }
  const options = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(options)) {
    // A misspelt one would mean nothing.
    if (OPTIONS.includes(name) || options[name] === undefined) continue;
    throw new RangeError(`Cannot call ${where}() with the unknown option ${name}. ${adviceFor(name)}.`);
  }
  for (const name of ["stdin", "stdout", "stderr"]) checkStdio(options[name], name, where);
  const { cwd, env, processGroup } = options;
  if (cwd !== undefined && !(cwd instanceof URL)) checkText(cwd, "cwd", where);
  if (cwd === "") throw new RangeError(`Cannot call ${where}() with an empty cwd: give a directory, or leave it out.`);
  if (env !== undefined) checkEnv(env, where);
  if (processGroup !== undefined && typeof processGroup !== "boolean") {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(processGroup)} as processGroup: give true or false.`,
    );
  }
}

function adviceFor(name: string): string {
  if (Object.hasOwn(FOREIGN, name)) return `Leave it out: ${FOREIGN[name]}`;
  const plain = (word: string) => word.toLowerCase().replaceAll("_", "");
  const meant = OPTIONS.find((option) => plain(option) === plain(name));
  return meant === undefined ? `The options are ${OPTIONS.join(", ")}` : `Its name is ${meant}`;
}

function checkStdio(value: unknown, name: string, where: string): void {
  if (value === undefined || value === null || value instanceof URL) return;
  if (typeof value === "string") {
    const word = WORDS[value];
    const advice = word === undefined
      ? "give PIPE, DEVNULL, null for this program's own, an open file, or a file's URL"
      : `give ${word}`;
    throw new TypeError(`Cannot call ${where}() with ${JSON.stringify(value)} as ${name}: ${advice}.`);
  }
  const fd = typeof value === "object" ? (value as { readonly fd?: unknown }).fd : value;
  if (typeof fd !== "number") {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(value)} as ${name}: ` +
        "give PIPE, DEVNULL, null for this program's own, an open file that has a number (fd), or a file's URL.",
    );
  }
  if (fd === STDOUT && name !== "stderr") {
    throw new RangeError(`Cannot call ${where}() with STDOUT as ${name}: only stderr can be the same as stdout.`);
  }
  if (Number.isInteger(fd) && fd >= 0) return;
  if (typeof value === "number" && (fd === PIPE || fd === STDOUT || fd === DEVNULL)) return;
  throw new RangeError(
    `Cannot call ${where}() with ${fd} as ${name}: the number of an open file is whole and not negative.`,
  );
}

function checkEnv(env: unknown, where: string): void {
  if (typeof env !== "object" || env === null || Array.isArray(env)) {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(env)} as env: give an object of names and values.`,
    );
  }
  for (const [name, value] of Object.entries(env)) {
    checkText(name, "the name of an environment variable", where);
    if (name === "" || name.includes("=")) {
      throw new RangeError(
        `Cannot call ${where}() with ${JSON.stringify(name)} as the name of an environment variable: ` +
          "it must not be empty, and must not contain =.",
      );
    }
    checkText(value, `the environment variable ${name}`, where);
  }
}

/** The system ends every text at a NUL. */
function checkText(value: unknown, what: string, where: string): asserts value is string {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(value)} as ${what}: give a string.`);
  }
  const at = value.indexOf("\0");
  if (at < 0) return;
  throw new RangeError(
    `Cannot call ${where}() with a NUL byte in ${what} (at ${at}): the system would cut it off there. Take the byte out.`,
  );
}

/** Refuses what is no protocol for a process. */
export function checkSubprocessProtocol(protocol: unknown): asserts protocol is SubprocessProtocol {
  const { connectionMade, pipeDataReceived, processExited } = (protocol ?? {}) as Record<string, unknown>;
  if ([connectionMade, pipeDataReceived, processExited].every((method) => typeof method === "function")) return;
  throw new TypeError(
    `Cannot use ${describeKind(protocol)} as a protocol for a process: ` +
      "give an object of a class that extends SubprocessProtocol.",
  );
}

/** The highest number that a system has for a signal. */
const HIGHEST = 64;

/** Refuses what cannot be sent to a process. */
export function checkSignal(signal: unknown): asserts signal is string | number {
  if (typeof signal === "number") {
    if (Number.isInteger(signal) && signal > 0 && signal <= HIGHEST) return;
    throw new RangeError(`Cannot send signal ${signal}: the numbers of signals are 1 to ${HIGHEST}.`);
  }
  if (typeof signal !== "string") {
    throw new TypeError(
      `Cannot send ${describeKind(signal)} as a signal: give its name, such as "SIGTERM", or its number.`,
    );
  }
  if (SIGNALS.has(signal)) return;
  throw new RangeError(`Cannot send ${JSON.stringify(signal)}: there is no such signal. ${suggestSignal(signal)}`);
}

/** The path that a URL of a file stands for; a path as it is. */
export function toPath(place: string | URL): string {
  if (typeof place === "string") return place;
  if (place.protocol !== "file:") {
    throw new TypeError(`Cannot use ${place.href} as a path: only URLs of files have one. Give a file: URL or a path.`);
  }
  const path = decodeURIComponent(place.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}
