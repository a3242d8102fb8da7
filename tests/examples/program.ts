/**
 * An example as a program of its own, run by the runtime that runs the tests, and clients that talk to it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import {
  IncompleteReadError,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  TimeoutError,
  type TlsOptions,
  waitFor,
} from "../../mod.ts";
import { Program } from "../program.ts";
import { PATIENCE, tail, within } from "../within.ts";

const examples = new URL("../../examples/", import.meta.url);

/** The flags for an example that imports no package. */
const FLAGS = "Deno" in globalThis
  ? ["--allow-net=127.0.0.1", `--allow-read=${fileURLToPath(new URL("tls", examples))}`]
  : [];

/** Starts an example that listens, talks to it, ends it as Ctrl-C does, and checks how it ended. */
export function whileServing(
  file: string,
  args: readonly string[],
  code: number,
  talk: (port: number, example: Program) => Promise<void>,
): Promise<void> {
  return run(() => talkTo(file, args, code, talk));
}

/** The same inside a running loop. */
export async function talkTo(
  file: string,
  args: readonly string[],
  code: number,
  talk: (port: number, example: Program) => Promise<void>,
): Promise<void> {
  const example = new Program(new URL(file, examples), FLAGS, args);
  try {
    await within(talk(await example.port(), example), "the end of a talk with the example", undefined, 3 * PATIENCE);
  } catch (error) {
    example.interrupt();
    // Why it does not end is of no interest now.
    await example.ended.catch(() => {});
    throw new Error(`The example has printed: ${tail(example.output)}`, { cause: error });
  }
  example.interrupt();
  assertEquals({ code: await example.ended, errors: example.errors }, { code, errors: "" });
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
    const connecting = openConnection("127.0.0.1", port, tls);
    const [reader, writer] = await within(connecting, `a connection to port ${port}`);
    return new Client(reader, writer);
  }

  /** Sends a text as it is. */
  send(text: string): void {
    this.writer.write(Buffer.from(text, "latin1"));
  }

  /** Checks that exactly this text comes next. */
  async hears(text: string): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = await waitFor(this.reader.readexactly(text.length), PATIENCE);
    } catch (error) {
      // What has come is less, and may be nothing.
      if (error instanceof IncompleteReadError) bytes = error.partial;
      else if (error instanceof TimeoutError) bytes = await this.#rest();
      else throw error;
    }
    assertEquals(latin1(bytes), text);
  }

  /** Checks that the other side has ended. */
  async hearsEnd(): Promise<void> {
    assertEquals(latin1(await within(this.reader.read(), "the end of what the other side sends")), "");
  }

  /** Waits until the connection has ended, in whatever way, and leaves. */
  async leaveAtEnd(): Promise<void> {
    await within(this.reader.read().then(undefined, () => {}), "the end of the connection");
    this.writer.transport.abort();
  }

  /** Ends its half of the connection. */
  end(): void {
    this.writer.writeEof();
  }

  /** Closes the connection. */
  async leave(): Promise<void> {
    this.writer.close();
    await within(this.writer.waitClosed(), "the end of the connection");
  }

  /** What has come and is less than what was waited for. */
  async #rest(): Promise<Uint8Array> {
    try {
      return await waitFor(this.reader.read(65_536), 1);
    } catch (error) {
      if (error instanceof TimeoutError) return new Uint8Array();
      throw error;
    }
  }
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
