/**
 * The inputs: one for each seed and number, the same each time.
 *
 * @module
 */
import { frames, HANDSHAKE } from "./frame_bytes.ts";
import { noise, pipeline, request, upgrade } from "./http_bytes.ts";
import type { Ending, Input } from "./input.ts";
import { lines } from "./line_bytes.ts";
import { join, mutate, split } from "./mutate.ts";
import { Random } from "./random.ts";
import { commands } from "./resp_bytes.ts";
import { beneath, records } from "./tls_bytes.ts";

const ENDINGS: readonly Ending[] = ["wait", "wait", "finish", "leave", "reset", "deaf"];

type Recipe = (random: Random) => Pick<Input, "door" | "kind" | "inside"> & {
  readonly bytes: Uint8Array;
  readonly beneath?: Uint8Array;
};

const http = (kind: string, make: (random: Random) => Uint8Array): Recipe => (random) => {
  const secure = random.oneIn(8);
  const bytes = make(random);
  // What goes wrong on its way goes wrong in one case of three.
  return {
    door: secure ? "https" : "http",
    kind,
    inside: secure,
    bytes: random.oneIn(3) ? mutate(random, bytes) : bytes,
  };
};

const RECIPES: readonly Recipe[] = [
  http("a request", request),
  http("a request", request),
  http("a pipeline", pipeline),
  http("a pipeline", pipeline),
  http("an upgrade", upgrade),
  http("an upgrade behind others", (random) => join([pipeline(random), upgrade(random)])),
  http("frames", (random) => join([HANDSHAKE, frames(random)])),
  http("frames", (random) => join([HANDSHAKE, frames(random)])),
  http("noise", noise),
  (random) => ({ door: "resp", kind: "commands", inside: false, bytes: commands(random) }),
  (random) => ({ door: "resp", kind: "wrong commands", inside: false, bytes: mutate(random, commands(random)) }),
  (random) => ({ door: "lines", kind: "lines", inside: false, bytes: lines(random) }),
  (random) => ({ door: random.pick(["tls", "https"]), kind: "records", inside: false, bytes: records(random) }),
  (random) => ({ door: "tls", kind: "lines", inside: true, bytes: lines(random), beneath: beneath(random) }),
];

/** The input of a number. */
export function inputOf(seed: number, place: number): Input {
  const random = new Random(seed, place);
  const { bytes, ...rest } = random.pick(RECIPES)(random);
  return { ...rest, pieces: split(random, bytes), ending: random.pick(ENDINGS) };
}
