/**
 * What a program without this module writes on each runtime.
 *
 * @module
 */

/** The same work in different ways. */
export interface Way {
  /** Starts `cat`, gives it the input and reads what comes back until it has ended, so often; gives the sum of exit codes and bytes. */
  talk(input: Uint8Array, times: number): Promise<number>;
  /** Starts a program and waits for its end, so often; gives the sum of the exit codes. */
  wait(times: number): Promise<number>;
  /** Reads what `head` writes to a pipe; gives how many bytes that were. */
  read(bytes: number): Promise<number>;
  /** Writes pieces to the pipe that `cat` reads from, and waits for its end. */
  write(piece: Uint8Array, times: number): Promise<number>;
}

const deno: Way = {
  async talk(input, times) {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const child = new Deno.Command("cat", { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(input);
      await writer.close();
      const { code, stdout, stderr } = await child.output();
      sum += code + stdout.length + stderr.length;
    }
    return sum;
  },
  async wait(times) {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const child = new Deno.Command("true", { stdin: "null", stdout: "null", stderr: "null" }).spawn();
      sum += (await child.status).code;
    }
    return sum;
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

interface BunChild {
  readonly stdin: {
    write(bytes: Uint8Array): unknown;
    flush(): unknown;
    end(): unknown;
  };
  readonly stdout: ReadableStream<Uint8Array> & { bytes(): Promise<Uint8Array> };
  readonly stderr: ReadableStream<Uint8Array> & { bytes(): Promise<Uint8Array> };
  readonly exited: Promise<number>;
}

interface BunGlobal {
  spawn(command: string[], options: Record<string, string>): BunChild;
}

const { Bun } = globalThis as unknown as { readonly Bun: BunGlobal };

const bun: Way = {
  async talk(input, times) {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const child = Bun.spawn(["cat"], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
      child.stdin.write(input);
      await child.stdin.end();
      const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.bytes()]);
      sum += await child.exited + stdout.length + stderr.length;
    }
    return sum;
  },
  async wait(times) {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      sum += await Bun.spawn(["true"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited;
    }
    return sum;
  },
  async read(bytes) {
    const child = Bun.spawn(["head", "-c", `${bytes}`, "/dev/zero"], { stdout: "pipe" });
    let length = 0;
    for await (const chunk of child.stdout) length += chunk.length;
    await child.exited;
    return length;
  },
  async write(piece, times) {
    const child = Bun.spawn(["cat"], { stdin: "pipe", stdout: "ignore" });
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
