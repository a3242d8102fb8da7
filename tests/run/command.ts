import type { Show } from "./show.ts";

/** So long, in milliseconds, the pipes of a command that has ended are read: what it has started may live on and hold their ends. */
const LEFTOVERS = 10_000;

/** The longest that a timer counts, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** How a command ended, and what it said. */
export interface CommandResult {
  /** Whether its exit status is zero. */
  readonly success: boolean;
  /** What it ended with: an exit status, or a signal. */
  readonly end: string;
  /** Why it was ended, if it did not end by itself. */
  readonly ended: string | null;
  /** What it wrote to standard output. */
  readonly output: string;
  /** What it wrote to standard error. */
  readonly errors: string;
}

/** How a command is run. */
export interface CommandOptions {
  readonly env?: Record<string, string>;
  /** Shows what it writes; without it that is only returned. */
  readonly show?: Show;
  /** It is ended if it writes nothing for so long, in milliseconds. */
  readonly silence?: number;
  /** It is ended so long, in milliseconds, before the time of everything is over. */
  readonly reserve?: number;
}

/**
 * Milliseconds until everything has to be over. The variable `LOOP_ASYNCIO_UNTIL` says when that is, in seconds since 1970; without it
 * there is no end.
 */
export function timeLeft(): number {
  const until = Number(Deno.env.get("LOOP_ASYNCIO_UNTIL") || NaN);
  return Number.isNaN(until) ? LONGEST : Math.max(0, Math.min(until * 1_000 - Date.now(), LONGEST));
}

/** Runs a command to its end, which it is given if it falls silent or the time is over. */
export async function runCommand(
  [program, ...args]: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { env = {}, show, silence = LONGEST, reserve = 0 } = options;
  const child = new Deno.Command(program!, {
    args,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const given = new AbortController();
  let ended: string | null = null;
  const end = (why: string) => {
    ended ??= why;
    given.abort();
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended itself.
    }
  };
  const silent = setTimeout(() => end(`it said nothing for ${silence / 1_000} seconds`), silence);
  const late = setTimeout(() => end("the time of everything was over"), Math.max(0, timeLeft() - reserve));
  const heard = () => silent.refresh();
  const written = Promise.all([
    collect(child.stdout, show, heard, given.signal),
    collect(child.stderr, show, heard, given.signal),
  ]);
  const { success, code, signal } = await child.status;
  const leftover = setTimeout(() => {
    show?.line(`What ${program} has started lives on and holds its output, which is not read any more.`);
    given.abort();
  }, LEFTOVERS);
  const [output, errors] = await written;
  for (const timer of [silent, late, leftover]) clearTimeout(timer);
  return { success, end: signal ?? `exit status ${code}`, ended, output, errors };
}

/** Everything that comes, until the signal aborts. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  show: Show | undefined,
  heard: () => void,
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const write = (chunk: Uint8Array) => {
    heard();
    text += decoder.decode(chunk, { stream: true });
    show?.write(chunk);
  };
  try {
    await stream.pipeTo(new WritableStream({ write }), { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return text;
}
