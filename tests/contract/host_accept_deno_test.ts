import { assertEquals, assertInstanceOf } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { OSError } from "../../mod.ts";
import type { ListenEvents } from "../../src/adapters/adapter.ts";
import { listenTcp } from "../../src/adapters/deno/listener.ts";
import { eventually, PATIENCE } from "../within.ts";

/** A listener whose accepting fails as often as it is told to, and then waits until it is closed. */
class FailingListener {
  readonly addr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 7 };
  asked = 0;
  readonly #errors: unknown[];
  readonly #closed = Promise.withResolvers<never>();

  constructor(...errors: unknown[]) {
    this.#errors = errors;
    this.#closed.promise.catch(() => {});
  }

  accept(): Promise<Deno.Conn> {
    this.asked++;
    return this.#errors.length > 0 ? Promise.reject(this.#errors.shift()) : this.#closed.promise;
  }

  close(): void {
    this.#closed.reject(new Deno.errors.BadResource("closed"));
  }
}

const failed = (code: string): Error => Object.assign(new Error(`The system says ${code}.`), { code });

describe("Accepting on Deno", () => {
  const { listen } = Deno;
  const told: OSError[] = [];
  const events = {
    connection: () => {},
    handshakeFailed: () => {},
    acceptFailed: (error: OSError) => void told.push(error),
  } as ListenEvents;
  const options = { address: "127.0.0.1", port: 0, backlog: 1, reusePort: false };

  beforeEach(() => void (told.length = 0));
  afterEach(() => void (Deno.listen = listen));

  const listenBy = (listener: FailingListener) => {
    Deno.listen = (() => listener) as unknown as typeof Deno.listen;
    return listenTcp(options, events);
  };

  it("tells once that there are too many open files, and goes on after a while", async () => {
    const listener = new FailingListener(failed("EMFILE"), failed("EMFILE"));
    const server = await listenBy(listener);
    await eventually(() => listener.asked >= 3, "a third attempt to accept");
    server.close();
    assertEquals(told.map(({ code }) => code), ["EMFILE"]);
    assertInstanceOf(told[0], OSError);
  });

  it("goes on at once when a client was gone before, and tells nobody", async () => {
    const listener = new FailingListener(failed("ECONNABORTED"), failed("ENOTCONN"));
    const server = await listenBy(listener);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    assertEquals([listener.asked, told], [3, []]);
    server.close();
  });

  it("leaves nothing behind when it is closed while it rests", async () => {
    const listener = new FailingListener(failed("EMFILE"));
    const server = await listenBy(listener);
    await eventually(() => told.length > 0, "news of the error", undefined, () => Promise.resolve());
    server.close();
    server.close();
    assertEquals(listener.asked, 1);
  });
});

describe("Accepting by node:net on Deno", () => {
  it("goes on after there were too many open files, which Deno tells nobody of", async () => {
    const program = new URL("fixtures/few_files.ts", import.meta.url).pathname;
    const command = 'ulimit -n 64; exec "$0" run --quiet --no-check --allow-all "$1"';
    const child = new Deno.Command("sh", {
      args: ["-c", command, Deno.execPath(), program],
      stdout: "piped",
    }).spawn();
    const decoder = new TextDecoder();
    const output = child.stdout.getReader();
    const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
    let port = 0;
    // Otherwise it would wait for ever for the greeting of one that accepts nobody.
    let late = false;
    const patience = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, PATIENCE);
    try {
      port = Number(decoder.decode((await output.read()).value));
      const crowd = await Promise.all(Array.from({ length: 100 }, connect));
      // Those that are greeted are as many as it can take; it has the others still to accept.
      await crowd[0]!.read(new Uint8Array(5));
      for (const conn of crowd) conn.close();
      using late = await connect();
      const greeting = new Uint8Array(5);
      await late.read(greeting);
      assertEquals(decoder.decode(greeting), "hello");
    } finally {
      clearTimeout(patience);
      if (late) console.error("The program has accepted nobody for long, and was killed.");
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await output.cancel();
      await child.status;
    }
  });
});
