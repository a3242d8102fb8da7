/**
 * What a program without this module writes on each runtime.
 */
import { bun as runtime } from "../harness/bun.ts";

/** The same work in different ways. */
export interface Way {
  /** Starts `cat`, writes the input and reads what comes back until it has ended; resolves with the sum of the exit code and the bytes. */
  talk(input: Uint8Array): Promise<number>;
  /** Starts a program and waits for its end; resolves with the exit code. */
  wait(): Promise<number>;
  /** Reads what `head` writes to a pipe; resolves with the number of bytes. */
  read(bytes: number): Promise<number>;
  /** Writes pieces to the pipe that `cat` reads from, and waits for its end; resolves with the exit code. */
  write(piece: Uint8Array, times: number): Promise<number>;
}

const deno: Way = {
  async talk(input) {
    const child = new Deno.Command("cat", { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(input);
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    return code + stdout.length + stderr.length;
  },
  async wait() {
    const child = new Deno.Command("true", { stdin: "null", stdout: "null", stderr: "null" }).spawn();
    return (await child.status).code;
  },
  async read(bytes) {
    const child = new Deno.Command("head", { args: ["-c", `${bytes}`, "/dev/zero"], stdout: "piped" }).spawn();
    let length = 0;
    for await (const chunk of child.stdout) length += chunk.length;
    await child.status;
    return length;
  },
  async write(piece, times) {
    const child = new Deno.Command("cat", { stdin: "piped", stdout: "null" }).spawn();
    const writer = child.stdin.getWriter();
    for (let i = 0; i < times; i++) await writer.write(piece);
    await writer.close();
    return (await child.status).code;
  },
};

const bun: Way = {
  async talk(input) {
    const child = runtime.spawn(["cat"], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    child.stdin.write(input);
    await child.stdin.end();
    const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.bytes()]);
    return await child.exited + stdout.length + stderr.length;
  },
  wait: () => runtime.spawn(["true"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited,
  async read(bytes) {
    const child = runtime.spawn(["head", "-c", `${bytes}`, "/dev/zero"], { stdout: "pipe" });
    let length = 0;
    for await (const chunk of child.stdout) length += chunk.length;
    await child.exited;
    return length;
  },
  async write(piece, times) {
    const child = runtime.spawn(["cat"], { stdin: "pipe", stdout: "ignore" });
    for (let i = 0; i < times; i++) {
      child.stdin.write(piece);
      await child.stdin.flush();
    }
    await child.stdin.end();
    return await child.exited;
  },
};

/** The way of the runtime that runs this. */
export const bare: Way = "Bun" in globalThis ? bun : deno;
