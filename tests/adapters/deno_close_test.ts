/**
 * The end of a stream of Deno that has paused reading.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DenoStream } from "../../src/adapters/deno/stream.ts";
import type { StreamEvents } from "../../src/adapters/net.ts";
import { LINGER } from "../../src/adapters/shared/timers.ts";
import { within } from "../within.ts";

/** A connection whose reads wait for what they are given. */
class FakeConn {
  readonly log: string[] = [];
  readonly #waiting: ((length: number | null) => void)[] = [];

  read(): Promise<number | null> {
    this.log.push("read");
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives the eldest read so many bytes, or the end. */
  comes(length: number | null): void {
    this.#waiting.shift()!(length);
  }

  closeWrite(): Promise<void> {
    this.log.push("closeWrite");
    return Promise.resolve();
  }

  close(): void {
    this.log.push("close");
  }
}

function started() {
  const conn = new FakeConn();
  const stream = new DenoStream(conn as unknown as Deno.Conn);
  const data: number[] = [];
  const closed = new Promise<Error | null>((resolve) => {
    stream.start({
      data: (bytes: Uint8Array) => void data.push(bytes.length),
      drain: () => {},
      end: () => {},
      closed: resolve,
    } as StreamEvents);
  });
  return { conn, stream, data, closed: within(closed, "the end of the stream") };
}

describe("A stream of Deno that is closed while reading is paused", () => {
  it("reads away what waits, if something has come since", async () => {
    const { conn, stream, data, closed } = started();
    stream.pauseReading();
    conn.comes(17);
    await Promise.resolve();
    stream.close();
    conn.comes(5);
    assertEquals(await closed, null);
    assertEquals(data, []);
    assertEquals(conn.log, ["read", "read", "closeWrite", "read", "close"]);
  });

  it("reads on after its time as long as something comes", async () => {
    const { conn, stream, closed } = started();
    stream.pauseReading();
    conn.comes(1);
    await Promise.resolve();
    stream.close();
    await new Promise((resolve) => setTimeout(resolve, LINGER));
    // In the turns that follow the timer.
    for (let times = 0; times < 5; times++) {
      conn.comes(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assertEquals(conn.log.includes("close"), false);
    await closed;
    assertEquals(conn.log.at(-1), "close");
  });

  it("closes at once while a read is under way", async () => {
    const { conn, stream, closed } = started();
    stream.pauseReading();
    stream.close();
    assertEquals(conn.log, ["read", "close"]);
    assertEquals(await closed, null);
  });
});
