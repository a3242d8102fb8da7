/**
 * An example as a program of its own, run by the runtime that runs the tests, and clients that talk to it.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import {
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  TimeoutError,
  type TlsOptions,
  waitFor,
} from "../../mod.ts";

/** So long, in milliseconds, a client waits before it says what is missing. Nothing depends on it but a failure. */
const PATIENCE = 10_000;

const root = new URL("../../", import.meta.url);

/** Starts an example that listens, talks to it, ends it as Ctrl-C does, and checks how it ended. */
export function whileServing(
  file: string,
  args: readonly string[],
  code: number,
  talk: (port: number, example: Example) => Promise<void>,
): Promise<void> {
  return run(() => talkTo(file, args, code, talk));
}

/** The same inside a running loop. */
export async function talkTo(
  file: string,
  args: readonly string[],
  code: number,
  talk: (port: number, example: Example) => Promise<void>,
): Promise<void> {
  const example = new Example(file, args);
  try {
    await talk(await example.port(), example);
  } catch (error) {
    example.interrupt();
    await example.ended;
    throw new Error(`The example has printed: ${example.output}${example.errors}`, { cause: error });
  }
  example.interrupt();
  assertEquals({ code: await example.ended, errors: example.errors }, { code, errors: "" });
}

/** A running example and what it has printed. */
export class Example {
  /** What it has printed. */
  output = "";
  /** What it has printed as errors. */
  errors = "";
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly #interrupt: () => void;
  readonly #waiting = new Set<() => void>();
  #interrupted = false;
  #over = false;

  /** Starts one. */
  constructor(file: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`examples/${file}`, root));
    if ("Deno" in globalThis) {
      // node:child_process would rewrite these arguments.
      const permissions = ["--allow-net=127.0.0.1", `--allow-read=${fileURLToPath(new URL("examples/tls", root))}`];
      const options = ["run", "--no-prompt", "--quiet", ...permissions, path, ...args];
      const child = new Deno.Command(Deno.execPath(), {
        args: options,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      this.#interrupt = () => child.kill("SIGINT");
      const read = [
        child.stdout.pipeTo(new WritableStream({ write: this.#printed })),
        child.stderr.pipeTo(new WritableStream({ write: this.#complained })),
      ];
      this.ended = Promise.all([child.status, ...read]).then(([status]) => this.#end(status.code));
    } else {
      const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      this.#interrupt = () => child.kill("SIGINT");
      child.stdout.on("data", this.#printed);
      child.stderr.on("data", this.#complained);
      this.ended = new Promise((resolve) => child.on("close", (code: number | null) => resolve(this.#end(code))));
    }
  }

  /** The port that it says it listens on. */
  async port(): Promise<number> {
    await this.until("Ctrl-C");
    return Number(/Listening on \S+:(\d+)/.exec(this.output)?.[1]);
  }

  /** Resolves when it has printed the text, or rejects when no more can come. */
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#over) throw new Error(`The example ended before it printed ${JSON.stringify(text)}: ${this.errors}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The same for what it prints as errors. */
  async untilError(text: string): Promise<void> {
    while (!this.errors.includes(text)) {
      if (this.#over) {
        throw new Error(`The example ended before it complained of ${JSON.stringify(text)}: ${this.errors}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** What one Ctrl-C does; further calls do nothing. */
  interrupt(): void {
    if (!this.#over && !this.#interrupted) this.#interrupt();
    this.#interrupted = true;
  }

  readonly #printed = (chunk: Uint8Array): void => {
    this.output += new TextDecoder().decode(chunk);
    this.#wake();
  };

  readonly #complained = (chunk: Uint8Array): void => {
    this.errors += new TextDecoder().decode(chunk);
    this.#wake();
  };

  #end(code: number | null): number | null {
    this.#over = true;
    this.#wake();
    return code;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A client that speaks text, each byte a character. */
export class Client {
  /** For what is not text. */
  readonly reader: StreamReader;
  /** For what is not text. */
  readonly writer: StreamWriter;

  private constructor(reader: StreamReader, writer: StreamWriter) {
    this.reader = reader;
    this.writer = writer;
  }

  /** Connects to a port of this machine. */
  static async connect(port: number, ssl?: TlsOptions): Promise<Client> {
    const tls = ssl === undefined ? {} : { ssl, serverHostname: "localhost" };
    const [reader, writer] = await openConnection("127.0.0.1", port, tls);
    return new Client(reader, writer);
  }

  /** Sends a text as it is. */
  send(text: string): void {
    this.writer.write(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  /** Checks that exactly this text comes next. */
  async hears(text: string): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = await waitFor(this.reader.readexactly(text.length), PATIENCE);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      // What has come is less.
      bytes = this.reader.atEof() ? new Uint8Array() : await waitFor(this.reader.read(65_536), PATIENCE);
    }
    assertEquals(String.fromCharCode(...bytes), text);
  }

  /** Checks that the other side has ended. */
  async hearsEnd(): Promise<void> {
    assertEquals((await this.reader.read()).length, 0);
  }

  /** Waits until the connection has ended, in whatever way, and leaves. */
  async leaveAtEnd(): Promise<void> {
    await this.reader.read().then(undefined, () => {});
    this.writer.transport.abort();
  }

  /** Ends its half of the connection. */
  end(): void {
    this.writer.writeEof();
  }

  /** Closes the connection. */
  async leave(): Promise<void> {
    this.writer.close();
    await this.writer.waitClosed();
  }
}
