/**
 * A bad day of a network, which follows from a seed.
 *
 * @module
 */
import { sleep } from "../../mod.ts";
import { SimulatedNetwork, type SimulatedNetworkOptions } from "../../src/testing/mod.ts";
import { seededRandom } from "../../src/testing/random.ts";

/** Draws that follow from a seed, apart from those of the network. */
export class Dice {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed * 7_919 + 17);
  }

  /** A whole number from 0 up to a bound. */
  below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  /** One of several. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** A network that is slow, loses and resets, more or less by the seed. */
export function badNetwork(seed: number, more: SimulatedNetworkOptions = {}): SimulatedNetwork {
  const dice = new Dice(seed + 1_000_003);
  return new SimulatedNetwork({
    seed,
    latency: dice.pick([[0.1, 1], [1, 20], [5, 200]] as const),
    loss: dice.pick([0, 0, 0.05, 0.2]),
    reset: dice.pick([0, 0, 0.01, 0.05]),
    buffer: dice.pick([256, 4_096, 65_536]),
    ...more,
  });
}

/** Cuts hosts off from `server` and lets them back, so many times; in the end all is well. */
export async function cutAndMend(network: SimulatedNetwork, server: string, dice: Dice, times: number): Promise<void> {
  const others = network.hosts.map(({ name }) => name).filter((name) => name !== server && name !== "main");
  for (let i = 0; i < times; i++) {
    await sleep(dice.below(300));
    const other = dice.pick(others);
    network.partition(other, server, { oneWay: dice.below(3) === 0 });
    await sleep(dice.below(2_000));
    network.heal();
  }
}
