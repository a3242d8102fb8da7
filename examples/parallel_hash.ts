/**
 * The SHA-256 of files, on all processors at once, as `sha256sum` prints it. Of a folder it takes every file in it.
 *
 * ```sh
 * deno run --allow-read examples/parallel_hash.ts src README.md
 * bun run examples/parallel_hash.ts src README.md
 * node examples/parallel_hash.ts src README.md
 * ```
 *
 * On a terminal a bar shows how far it is; elsewhere there are plain lines. What cannot be read is named on the error output, and the
 * program ends with code 1. Ctrl-C stops the workers, and the program ends with code 130.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type Coroutine, fromPromise, main, use, WorkerPool } from "@loop/asyncio";
import { readArguments, refuse } from "./command_line/arguments.ts";
import type { Progress } from "./parallel_hash/hash.ts";

/** Characters of the bar. */
const WIDTH = 30;

/** How far it is, in one line that is written again and again. Nothing, where nobody looks at it. */
class Bar {
  readonly #total: number;
  readonly #shown = process.stderr.isTTY === true;
  #read = 0;
  #percent = -1;
  #over = false;

  constructor(total: number) {
    this.#total = total;
  }

  add(bytes: number): void {
    this.#read += bytes;
    const percent = Math.floor((100 * this.#read) / Math.max(this.#total, 1));
    if (percent === this.#percent) return;
    this.#percent = percent;
    this.draw();
  }

  draw(): void {
    if (!this.#shown || this.#over) return;
    const part = Math.min(1, this.#read / Math.max(this.#total, 1));
    const full = Math.round(WIDTH * part);
    const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
    process.stderr.write(
      `\r[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${Math.floor(100 * part)} %, ` +
        `${mebibytes(this.#read)} of ${mebibytes(this.#total)} MiB`,
    );
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\x1b[K");
  }

  /** What workers that are being stopped still tell changes nothing any more. */
  close(): void {
    this.clear();
    this.#over = true;
  }
}

/** The files that a name stands for, with their sizes. */
async function* filesOf(path: string): AsyncGenerator<[path: string, size: number]> {
  const { size, isFolder } = await stat(path).then(
    (found) => ({ size: found.size, isFolder: found.isDirectory() }),
    // The worker will say why it cannot be read.
    () => ({ size: 0, isFolder: false }),
  );
  if (!isFolder) yield [path, size];
  else for (const name of (await readdir(path)).sort()) yield* filesOf(join(path, name));
}

async function allFiles(paths: readonly string[]): Promise<[path: string, size: number][]> {
  const files: [string, number][] = [];
  for (const path of paths) for await (const file of filesOf(path)) files.push(file);
  return files;
}

function* hashAll(pool: WorkerPool, paths: readonly string[]): Coroutine<void> {
  const files = yield* fromPromise(allFiles(paths));
  const bar = new Bar(files.reduce((sum, [, size]) => sum + size, 0));
  pool.expose({ progress: (bytes) => bar.add(bytes) } satisfies Progress);
  const module = pool.remoteModule<typeof import("./parallel_hash/hash.ts")>(
    new URL("./parallel_hash/hash.ts", import.meta.url),
  );
  const sha256 = module.sha256.with({ onCancel: "terminate" });
  const names = files.map(([path]) => path);
  try {
    for (const digest of pool.map(sha256, names)) {
      const name = names.shift() as string;
      try {
        const line = `${yield* digest}  ${name}`;
        bar.clear();
        console.log(line);
      } catch (error) {
        const code = (error as { readonly code?: unknown }).code;
        if (typeof code !== "string") throw error;
        bar.clear();
        console.error(`${name}: ${code}`);
        process.exitCode = 1;
      }
      bar.draw();
    }
  } finally {
    // After Ctrl-C as well: the prompt gets a line of its own.
    bar.close();
  }
}

const USAGE = "parallel_hash.ts FILE_OR_FOLDER...";
const { positionals: paths } = readArguments(USAGE, { allowPositionals: true });
if (paths.length === 0) refuse(USAGE);
main(function* () {
  yield* use(new WorkerPool(), (pool) => hashAll(pool, paths));
});
