/**
 * Programs that were made for a test, run by the runtime that runs the tests.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

/** How long a program may take, in milliseconds, before it is ended. */
const LIMIT = 60_000;

/** Runs a program of a folder, which on Deno may read that folder alone, and gives all that it wrote and its exit code. */
export async function programOutput(folder: string, file: string, ...flags: string[]): Promise<string> {
  const onDeno = [
    "run",
    "--no-config",
    "--no-prompt",
    "--quiet",
    "--node-modules-dir=manual",
    `--allow-read=${folder}`,
  ];
  return await commandOutput(folder, process.execPath, [
    ...("Deno" in globalThis ? onDeno : []),
    ...flags,
    join(folder, file),
  ]);
}

/** Runs a command in a folder, and gives all that it wrote and its exit code. */
export async function commandOutput(
  folder: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const decoder = new TextDecoder();
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Uint8Array) => text += decoder.decode(chunk, { stream: true }));
  }
  const limit = setTimeout(() => {
    text += `\nended after ${LIMIT} ms, `;
    child.kill("SIGKILL");
  }, LIMIT);
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  clearTimeout(limit);
  return `${text}code ${code}`;
}
