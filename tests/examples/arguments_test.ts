/**
 * What the examples say of how they are used.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { exampleFlags, Program } from "../program.ts";

function start(file: string, ...args: string[]): Program {
  return new Program(new URL(`../../examples/${file}`, import.meta.url), exampleFlags(), args);
}

/** Each with what it cannot be called with. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  "chat_server.ts": ["--port", "99999"],
  "cli_timer.ts": ["tea"],
  "crawler.ts": ["nowhere"],
  "echo_server.ts": ["--port", "here"],
  "gateway.ts": ["--prot", "8003"],
  "parallel_hash.ts": [],
  "redis_server.ts": ["6380"],
  "simulation/main.ts": ["--seed", "5"],
  "tcp_proxy.ts": ["6380", "somewhere"],
};

describe("The examples", () => {
  for (const [file, args] of Object.entries(WRONG)) {
    it(`${file} tells how it is used, if it is asked or called in another way`, async () => {
      const [asked, wrong] = [start(file, "--help"), start(file, ...args)];
      assertEquals([await asked.ended, asked.errors], [0, ""]);
      assert(asked.output.startsWith("Usage: "), asked.output);
      assertEquals(await wrong.ended, 2, wrong.output);
      assert(/^Usage: /m.test(wrong.errors) && !wrong.errors.includes("    at "), wrong.errors);
    });
  }
});
