/**
 * Names and addresses by `node:dns`, which asks the system's own resolver.
 *
 * @module
 */

import type { LookupAnswer } from "../net.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { codeOf } from "../shared/host_error.ts";
import { socketError } from "../shared/socket_errors.ts";
import { Turns } from "../shared/turns.ts";
import { toSocketError } from "./socket_errors.ts";
import type { NodeDns } from "./types.ts";

const FAMILIES = { ipv4: 4, ipv6: 6, any: 0 } as const;

/**
 * One question to the resolver is a thread that waits for up to a minute, and keeps the process alive for as long. Whatever is handed to
 * the host beyond its threads waits there, where nobody can take it back: so it waits here.
 */
let turns: Turns | null = null;

interface Runtime {
  readonly Deno?: unknown;
  readonly Bun?: unknown;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process: { readonly env: { readonly UV_THREADPOOL_SIZE?: string } };
}

/** How many questions the host asks at once. */
function threads(): number {
  const { Deno, Bun, navigator, process } = globalThis as unknown as Runtime;
  // Deno has hundreds.
  if (Deno !== undefined) return 32;
  if (Bun !== undefined) return Math.max(2, navigator?.hardwareConcurrency ?? 2);
  // Node keeps half of them for what is not that slow.
  return Math.ceil((Number(process.env.UV_THREADPOOL_SIZE) || 4) / 2);
}

/** Looks a name up, in the order that the system gives. */
export async function lookup(
  hostname: string,
  family: "ipv4" | "ipv6" | "any",
  signal: AbortSignal,
): Promise<LookupAnswer[]> {
  return await (turns ??= new Turns(threads())).take(signal, () => ask(hostname, family));
}

async function ask(hostname: string, family: "ipv4" | "ipv6" | "any"): Promise<LookupAnswer[]> {
  const what = `Cannot look ${JSON.stringify(hostname)} up`;
  // Quirk `empty-name`.
  if (hostname === "") throw socketError(what, "ENOTFOUND", new Error("the name is empty"));
  const dns = await load();
  const found = await dns.lookup(hostname, { all: true, family: FAMILIES[family], order: "verbatim" })
    // Quirk `long-name`.
    .catch((error: unknown) => {
      throw codeOf(error) === "EINVAL" ? socketError(what, "ENOTFOUND", error) : toSocketError(what, error);
    });
  // An address is its own answer, also when it is of the other family.
  const answers = found.filter((answer) => family === "any" || answer.family === FAMILIES[family]);
  if (answers.length === 0) throw socketError(what, "ENOTFOUND", new Error(`it has no ${family} address`));
  return answers.map(({ address, family }) => ({ family: family === 6 ? "ipv6" : "ipv4", address }));
}

/** Looks up the name of an address and its port's service. */
export async function reverseLookup(
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<{ hostname: string; service: string }> {
  const dns = await load();
  return await (turns ??= new Turns(threads())).take(signal, () =>
    dns.lookupService(address, port)
      .catch((error: unknown) => Promise.reject(toSocketError(`Cannot look the name of ${address} up`, error))));
}

async function load(): Promise<NodeDns> {
  return await loadBuiltin<NodeDns>("node:dns/promises");
}
