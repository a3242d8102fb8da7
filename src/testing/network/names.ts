/**
 * Names and addresses on a simulated network.
 *
 * @module
 */
import type { LookupAnswer } from "../../adapters/net.ts";
import { OSError } from "../../core/errors.ts";
import type { Machine } from "./machine.ts";

type Family = "ipv4" | "ipv6" | "any";

const LOCALHOST: readonly LookupAnswer[] = [
  { family: "ipv4", address: "127.0.0.1" },
  { family: "ipv6", address: "::1" },
];

/** The family of what is an address already; null for a name. */
function familyOf(hostname: string): "ipv4" | "ipv6" | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(hostname)) return "ipv4";
  return hostname.includes(":") && /^[0-9a-f:.]+(%\w+)?$/i.test(hostname) ? "ipv6" : null;
}

/** The names of the hosts, for messages. */
export function hostNames(machine: Machine): string {
  return [...machine.world.machines.keys()].map((name) => JSON.stringify(name)).join(", ");
}

/** The addresses of a name. */
function addressesOf(machine: Machine, hostname: string, family: Family): LookupAnswer[] {
  const { world } = machine;
  const literal = familyOf(hostname);
  if (literal !== null) return [{ family: literal, address: hostname }];
  if (hostname === "localhost") return [...LOCALHOST];
  return (world.aliases.get(hostname) ?? [hostname]).flatMap((name): LookupAnswer[] => {
    const found = world.machines.get(name);
    if (found === undefined) return [];
    return [family === "ipv6" ? { family: "ipv6", address: found.ipv6 } : { family: "ipv4", address: found.ipv4 }];
  });
}

/** Waits for the name server; rejects with the signal's reason as soon as it aborts. */
function answerFrom(machine: Machine, signal: AbortSignal): Promise<void> {
  const { queue, chance, dns } = machine.world;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const answer = queue.after(chance.span(dns.latency), () => {
    signal.removeEventListener("abort", abort);
    resolve();
  });
  const abort = (): void => {
    answer.run = null;
    reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  return promise;
}

/** Looks a name up, as a host sees it. */
export async function lookup(
  machine: Machine,
  hostname: string,
  family: Family,
  signal: AbortSignal,
): Promise<LookupAnswer[]> {
  signal.throwIfAborted();
  const { world } = machine;
  const what = `Cannot look ${JSON.stringify(hostname)} up`;
  const isLocal = familyOf(hostname) !== null || hostname === "localhost";
  if (!isLocal) {
    const fails = world.chance.happens(world.dns.failure);
    world.note("lookup", machine, null, fails ? `${hostname}, no answer` : hostname);
    await answerFrom(machine, signal);
    if (fails) {
      const code = "EAI_AGAIN";
      throw new OSError(`${what}: the simulated name server does not answer. Try again.`, {
        code,
        cause: Object.assign(new Error(`${code} (simulated)`), { code }),
      });
    }
  }
  const found = addressesOf(machine, hostname, family).filter((answer) => family === "any" || answer.family === family);
  if (found.length === 0) {
    const code = "ENOTFOUND";
    throw new OSError(
      `${what}: the simulated network has no such host. It has ${
        hostNames(machine)
      } and "localhost"; add others by addHost() or setName().`,
      { code, cause: Object.assign(new Error(`${code} (simulated)`), { code }) },
    );
  }
  return found;
}

/** Looks up the name of an address and its port's service. */
export async function reverseLookup(
  machine: Machine,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<{ hostname: string; service: string }> {
  signal.throwIfAborted();
  await answerFrom(machine, signal);
  const { world } = machine;
  const hostname = address === "127.0.0.1" || address === "::1"
    ? "localhost"
    : world.machineAt(address, machine)?.name ?? address;
  return { hostname, service: port === 80 ? "http" : port === 443 ? "https" : String(port) };
}
