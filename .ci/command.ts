/** How a command ended, and what it said. */
export interface CommandResult {
  /** Whether its exit status is zero. */
  readonly success: boolean;
  /** What it wrote to standard output. */
  readonly output: string;
  /** What it wrote to standard error, when that was kept. */
  readonly errors: string;
}

/** Runs Deno with these arguments and lets its output through, or keeps it. */
export async function runCommand(args: string[], options: { quiet?: boolean } = {}): Promise<CommandResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: options.quiet ? "piped" : "inherit",
  }).spawn();
  const [output, errors, { success }] = await Promise.all([
    collect(child.stdout, !options.quiet),
    options.quiet ? collect(child.stderr, false) : "",
    child.status,
  ]);
  return { success, output, errors };
}

async function collect(stream: ReadableStream<Uint8Array>, show: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let rest = chunk; show && rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
  return text;
}
