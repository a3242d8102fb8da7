/**
 * Examples on a network that fails, for many seeds. `deno task test:simulation --seeds N` tries more.
 */
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { runVirtual, type SimulatedNetwork } from "../../src/testing/mod.ts";
import { chat } from "./chat.ts";
import { badNetwork } from "./faults.ts";
import { blockingPops, singleKeys } from "./redis.ts";
import { served } from "./serve.ts";

const SEEDS = Number(process.env["SIMULATION_SEEDS"] ?? 100);
const FIRST = Number(process.env["SIMULATION_FIRST"] ?? 0);

const programs: Record<string, (network: SimulatedNetwork, seed: number) => Promise<void>> = {
  "Redis: single keys are linearizable": singleKeys,
  "Redis: who waits for an element of a list gets it once, and none is lost": blockingPops,
  "serve(): what is answered is right, and nothing is left of who leaves, stalls, floods and half-closes": served,
  "The chat: everybody hears the others in order, and nobody stays": chat,
};

/** So many seeds are one test: each has an end of its own. */
const CHUNK = 100;

async function tryOut(name: string, seed: number): Promise<void> {
  const network = badNetwork(seed);
  try {
    await runVirtual(() => programs[name]!(network, seed), { network });
  } catch (error) {
    throw new Error(`${name}: seed ${seed} fails: ${error}\n${network.log(60)}`, { cause: error });
  }
}

describe("On a network that fails", () => {
  for (const name of Object.keys(programs)) {
    for (let first = FIRST; first < FIRST + SEEDS; first += CHUNK) {
      const end = Math.min(first + CHUNK, FIRST + SEEDS);
      it(`${name} (seeds ${first} to ${end - 1})`, async () => {
        for (let seed = first; seed < end; seed++) await tryOut(name, seed);
      });
    }
  }
});
