/**
 * The election under faults: hosts crash and start again, links are slow, lose and are cut.
 *
 * @module
 */
import { sleep } from "@loop/asyncio";
import { explore, type ExploreError, type ExploreResult, SimulatedNetwork } from "@loop/asyncio/testing";
import { type Disk, Node } from "./election.ts";

export const NAMES = ["ann", "bob", "cid"] as const;
/** Milliseconds in which things go wrong. */
const TROUBLE = 1_500;

/** Two nodes lead in the same term. */
export class TwoLeaders extends Error {}

/** Numbers from 0 up to 1 that follow from a seed. */
function randomBy(seed: number): () => number {
  let state = seed * 2_654_435_761 % 2_147_483_647 || 1;
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647;
}

/** One day of the cluster. Fails if two nodes lead in one term, or nobody leads once all is well. */
async function day(network: SimulatedNetwork, random: () => number, isFixed: boolean): Promise<void> {
  const leaders = new Map<number, string>();
  const leads = (name: string, term: number): void => {
    network.host(name).note(`leads in term ${term}`);
    const other = leaders.get(term) ?? name;
    if (other !== name) throw new TwoLeaders(`${other} and ${name} lead in term ${term}`);
    leaders.set(term, name);
  };
  for (const name of NAMES) {
    const disk: Disk = { term: 0, votedFor: null };
    const peers = NAMES.filter((peer) => peer !== name);
    const host = network.addHost(name);
    const note = (text: string) => host.note(text);
    host.start(() => new Node({ name, peers, disk, random, note, leads, isFixed }).run());
  }
  const anybody = () => NAMES[Math.floor(NAMES.length * random())]!;
  while (network.now() < TROUBLE) {
    await sleep(400 * random());
    const [one, other] = [anybody(), anybody()];
    if (random() < 0.5) {
      network.partition(one, other);
      await sleep(400 * random());
      network.heal();
    } else {
      network.host(one).crash({ resets: random() < 0.5 });
      await sleep(200 * random());
      network.host(one).restart();
    }
  }
  // All is well from now on.
  for (let waited = 0; leaders.size === 0 && waited < 60_000; waited += 500) await sleep(500);
  await sleep(500);
  if (leaders.size === 0) throw new Error("nobody leads, and all has been well for a minute");
}

/** What was found, and the network on which that was. */
export interface Found {
  readonly error: ExploreError;
  readonly network: SimulatedNetwork;
}

/** Runs a day for each seed; what was found, or how many days went well. */
export async function simulate(seeds: number | readonly number[], isFixed: boolean): Promise<Found | ExploreResult> {
  let network = new SimulatedNetwork();
  let random = randomBy(0);
  const makeNetwork = (seed: number): SimulatedNetwork => {
    random = randomBy(seed + 1);
    return network = new SimulatedNetwork({ seed, latency: [1, 30], loss: 0.02 });
  };
  try {
    return await explore(() => day(network, random, isFixed), { seeds, network: makeNetwork });
  } catch (error) {
    if (!(error instanceof Error) || !("replay" in error)) throw error;
    return { error: error as ExploreError, network };
  }
}
