/**
 * Peers and this module side by side.
 *
 * @module
 */
import { alternate, type Spread, spread } from "../alternate.ts";
import type { Duration } from "../harness.ts";
import { output } from "../runtimes.ts";
import type { Asleep } from "./asleep.ts";
import { contendersOf, type PeerOn } from "./contenders.ts";
import { type Shape, type ShapeId, shapes } from "./shapes.ts";

/** What a peer did with a shape: nanoseconds an operation. */
export interface PeerFigure extends Spread {
  readonly name: string;
  readonly on: PeerOn["on"];
}

/** A shape, and what everybody did with it. */
export interface PeerTable {
  readonly id: ShapeId;
  readonly title: string;
  readonly figures: readonly PeerFigure[];
}

/** What sleeping tasks cost a peer. */
export interface PeerMemory extends Asleep {
  readonly name: string;
  readonly on: PeerOn["on"];
}

/** How thoroughly it is measured. */
export interface Effort {
  readonly duration: Duration;
  readonly rounds: number;
}

/** Measures shapes; tells of each as soon as it is measured. */
export async function comparePeers(
  peers: readonly PeerOn[],
  { duration, rounds }: Effort,
  chosen: readonly Shape[] = shapes,
  tell: (table: PeerTable) => void = () => {},
): Promise<PeerTable[]> {
  const tables: PeerTable[] = [];
  for (const shape of chosen) {
    const measured = await alternate(contendersOf(peers, shape, duration), rounds);
    const figures = peers.flatMap(({ name, on }) => {
      const all = measured.get(`${name} on ${on}`);
      return all === undefined ? [] : [{ name, on, ...spread(all.map(({ median }) => median)) }];
    });
    const table: PeerTable = { id: shape.id, title: shape.title, figures };
    tables.push(table);
    tell(table);
  }
  return tables;
}

/** Makes so many sleeping tasks of each peer. */
export async function compareMemory(peers: readonly PeerOn[], count: number): Promise<PeerMemory[]> {
  const all: PeerMemory[] = [];
  for (const { name, on, asleep } of peers) {
    if (asleep !== undefined) all.push({ name, on, ...JSON.parse(await output(asleep(count))) as Asleep });
  }
  return all;
}
