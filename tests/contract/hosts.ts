/**
 * The adapters' halves for sockets that the runtime of the tests can load: its own, and the one that runs everywhere.
 *
 * @module
 */

import { platform } from "node:os";
import type { Adapter, NetAdapter } from "../../src/adapters/adapter.ts";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { nodeAdapter } from "../../src/adapters/node/adapter.ts";
import { selectorAdapter } from "../../src/adapters/selector/mod.ts";
import { SimulatedNet } from "../../src/testing/network/host_net.ts";
import { Machine } from "../../src/testing/network/machine.ts";
import { World } from "../../src/testing/network/world.ts";

/** What one host does otherwise than the others, and the layer above must know. */
export interface Traits {
  /** `abort()` of a TCP stream is seen as a reset, not just as an end. */
  readonly resets: boolean;
  /** The same with TLS above. */
  readonly tlsResets: boolean;
  /** A closed UDP port is told to the connected socket that sends to it. */
  readonly portUnreachable: boolean;
  /** Several sockets can listen on one port without a flag for the whole process. */
  readonly reusePort: boolean;
  /** Server names choose among several identities. */
  readonly serverNames: boolean;
  /** The same on a connection that has begun in the clear. */
  readonly serverNamesLate: boolean;
  /** Clients can be asked for a certificate. */
  readonly clientCertificates: boolean;
  /** Unix datagrams exist. */
  readonly unixDatagrams: boolean;
  /** The sockets are those of the system: with its files, on its clock, and other processes use them as well. */
  readonly real: boolean;
  /** TLS looks at certificates. */
  readonly certificates: boolean;
}

/** One adapter on this runtime. */
export interface Host {
  /** The adapter's name. */
  readonly name: string;
  /** Its sockets. */
  readonly net: NetAdapter;
  /** What is special about it. */
  readonly traits: Traits;
  /** Whether its streams read into memory of their receiver's choice. */
  readonly readsInto: boolean;
  /** Whether they send several arrays by one call of the system. */
  readonly writesLists: boolean;
}

const RUNTIME = "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node";

const USUAL: Traits = {
  resets: true,
  tlsResets: true,
  portUnreachable: true,
  reusePort: true,
  serverNames: true,
  serverNamesLate: true,
  clientCertificates: true,
  unixDatagrams: false,
  real: true,
  certificates: true,
};

/** By adapter and runtime. */
const SPECIAL: Readonly<Record<string, Partial<Traits>>> = {
  "node on deno": { tlsResets: false, portUnreachable: false },
  "deno on deno": { resets: false, tlsResets: false, portUnreachable: false },
  "bun on bun": { serverNamesLate: false },
  "selector on deno": { tlsResets: false, portUnreachable: false },
  "selector on bun": { serverNamesLate: false },
};

/** Whether the runtime can call the C library of Linux. */
const HAS_SELECTOR = RUNTIME !== "node" && platform() === "linux";

/** The adapters with sockets of the system that this runtime can load, each once. */
export const REAL_ADAPTERS: readonly Adapter[] = [
  ...new Set([defaultAdapter(), nodeAdapter]),
  ...(HAS_SELECTOR ? [selectorAdapter()] : []),
].filter(({ net }) => net !== undefined);

/** Nothing of the system is behind it. */
const SIMULATED: Partial<Traits> = {
  serverNames: false,
  serverNamesLate: false,
  clientCertificates: false,
  real: false,
  certificates: false,
};

/** Their halves for sockets, and a host of a simulated network. */
export const HOSTS: readonly Host[] = [...await load(), simulated()];

function simulated(): Host {
  const machine = new Machine(new World({ seed: 1 }), "contract");
  return {
    name: "simulated",
    net: new SimulatedNet(machine),
    traits: { ...USUAL, ...SIMULATED },
    readsInto: false,
    writesLists: false,
  };
}

async function load(): Promise<Host[]> {
  const hosts: Host[] = [];
  for (const adapter of REAL_ADAPTERS) {
    const net = await adapter.net!();
    hosts.push({
      name: adapter.name,
      net,
      traits: { ...USUAL, ...SPECIAL[`${adapter.name} on ${RUNTIME}`] },
      readsInto: ["deno", "selector"].includes(adapter.name),
      writesLists: adapter.name === "selector",
    });
  }
  return hosts;
}
