/**
 * Measures one program of one peer and prints its figures: `measure.ts PEER SHAPE WARM_UP ENOUGH`, where PEER is a file here. The
 * shape `every` runs each of them once.
 *
 * @module
 */
import { argv, exit } from "node:process";
import { type Program, takeSamples } from "../harness.ts";
import { type Peer, type Shape, type ShapeId, shapes } from "./shapes.ts";

const [name, id, warmUp, enough] = argv.slice(2) as [string, string, string, string];
const { peer }: { peer: Peer } = await import(`./${name}.ts`);
if (id === "every") {
  for (const program of Object.values(peer.programs)) await program({ start() {}, end() {} });
  const left = await (await peer.asleep?.(10))?.() ?? 0;
  if (left !== 0) throw new Error(`${left} tasks still sleep.`);
} else {
  const { operations } = shapes.find((shape) => shape.id === id) as Shape;
  const program = peer.programs[id as ShapeId] as Program;
  const duration = { warmUp: Number(warmUp), enough: Number(enough) };
  console.log(JSON.stringify(await takeSamples(program, operations, duration)));
}
exit(0);
