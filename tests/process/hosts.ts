/**
 * The adapters that this runtime can load, and programs run on them.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { it } from "@std/testing/bdd";
import { type Coroutine, EventLoop, Runner } from "../../mod.ts";
import type { Adapter } from "../../src/adapters/adapter.ts";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { nodeAdapter } from "../../src/adapters/node/adapter.ts";
import { within } from "../within.ts";

/** The runtime's own adapter, and the one that runs everywhere. */
export const ADAPTERS: readonly Adapter[] = [...new Set([defaultAdapter(), nodeAdapter])];

/** A test for each of them. */
export function onEach(title: string, body: (adapter: Adapter) => Coroutine<void>, patience?: number): void {
  for (const adapter of ADAPTERS) it(`${title} (${adapter.name})`, () => runOn(adapter, () => body(adapter), patience));
}

/** Runs a coroutine on a loop of its own. */
export async function runOn<T>(adapter: Adapter, body: () => Coroutine<T>, patience?: number): Promise<T> {
  await using runner = new Runner({ loopFactory: () => new EventLoop({ adapter }) });
  return await within(runner.run(body()), `the end of a program on ${adapter.name}`, undefined, patience);
}

/** Bytes as text. */
export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

/** Text as bytes. */
export function bytes(string: string): Uint8Array {
  return new TextEncoder().encode(string);
}

/** Whether a process runs; one that has ended and was not looked after yet does not. (Deno lets only programs with every permission read /proc.) */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}
