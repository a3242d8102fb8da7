import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { gather, getRunningLoop, run } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { fixtureFlags, Program } from "../program.ts";

describe("A server with signals: true", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`closes at ${signal}, finishes what it is handling, and the program ends with 0`, async () => {
      const program = new Program(new URL("./fixtures/drain.ts", import.meta.url), fixtureFlags());
      const waiting = await RawClient.connect(await program.port());
      waiting.request("GET", "/wait");
      await program.until("waiting");
      // One Ctrl-C may arrive several times.
      program.kill(signal);
      program.kill(signal);
      await waiting.until("/wait answered");
      assertEquals(await program.ended, 0);
      assertEquals(program.output.split("\n").slice(1), ["waiting", "closing", "closed", "ended", ""]);
      await waiting.leave();
    });
  }

  it("lets a later signal end the process with 130", async () => {
    const program = new Program(new URL("./fixtures/drain.ts", import.meta.url), fixtureFlags());
    const client = await RawClient.connect(await program.port());
    client.request("GET", "/never");
    await program.until("waiting");
    program.kill("SIGINT");
    await program.until("closing");
    // A second Ctrl-C is one that comes at a human's pace.
    await new Promise((resolve) => setTimeout(resolve, 250));
    program.kill("SIGINT");
    assertEquals(await program.ended, 130);
    await client.leave();
  });

  it("takes its handlers away once it has closed, the last server last", async () => {
    await run(async () => {
      const options = { port: 0, signals: true };
      const one = await serve(() => new Response(), options);
      const two = await serve(() => new Response(), options);
      const loop = getRunningLoop() as unknown as { signalHandlers: { has(signal: string): boolean } };
      one.close();
      await one.waitClosed();
      assertEquals([loop.signalHandlers.has("SIGINT"), loop.signalHandlers.has("SIGTERM")], [true, true]);
      two.close();
      await two.waitClosed();
      assertEquals([loop.signalHandlers.has("SIGINT"), loop.signalHandlers.has("SIGTERM")], [false, false]);
    });
  });
});

describe("A server with a list of signals", () => {
  const handled = () => {
    const { signalHandlers } = getRunningLoop() as unknown as { signalHandlers: { has(signal: string): boolean } };
    return ["SIGINT", "SIGTERM", "SIGHUP"].filter((signal) => signalHandlers.has(signal));
  };

  it("has handlers for those while it serves", async () => {
    await run(async () => {
      const one = await serve(() => new Response(), { port: 0, signals: ["SIGHUP"] });
      assertEquals(handled(), ["SIGHUP"]);
      const two = await serve(() => new Response(), { port: 0, signals: ["SIGHUP", "SIGTERM"] });
      const three = await serve(() => new Response(), { port: 0, signals: ["SIGINT"] });
      const none = await serve(() => new Response(), { port: 0, signals: [] });
      assertEquals(handled(), ["SIGINT", "SIGTERM", "SIGHUP"]);
      for (const server of [one, two, three, none]) server.close();
      await gather([one, two, three, none].map((server) => server.waitClosed()));
      assertEquals(handled(), []);
    });
  });

  it("leaves others open when it closes", async () => {
    const program = new Program(new URL("./fixtures/drain_by_list.ts", import.meta.url), fixtureFlags());
    await program.port();
    program.kill("SIGTERM");
    assertEquals(await program.ended, 0);
    assertEquals(program.output.split("\n").slice(1), ["two are closed, the third serves: true", "ended", ""]);
  });

  it("takes names of signals alone", async () => {
    for (const signals of ["SIGTERM", 1, null, ["SIGUSR1"], [15]]) {
      await run(() =>
        assertRejects(
          async () => await serve(() => new Response(), { port: 0, signals: signals as never }),
          Error,
          "signal",
        )
      );
    }
  });
});

describe("A server without signals: true", () => {
  it("is closed by the cancellation that SIGINT brings, and the program ends with 130", async () => {
    const program = new Program(new URL("./fixtures/no_signals.ts", import.meta.url), fixtureFlags());
    await program.port();
    program.kill("SIGINT");
    assertEquals(await program.ended, 130);
    assertEquals(program.output.split("\n").slice(1), ["<HttpServer closed>", "KeyboardInterrupt", ""]);
  });
});
