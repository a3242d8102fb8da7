/**
 * Random programs for two loops to run: the same seed always gives the same program.
 *
 * @module
 */

/** One step of a coroutine. Names are those of tasks, futures and handles; what is not bound is skipped. */
export type Step =
  | { readonly do: "note"; readonly text: string }
  | { readonly do: "sleep"; readonly delay: number }
  | { readonly do: "spawn"; readonly name: string; readonly body: number; readonly eager: boolean }
  | { readonly do: "call"; readonly body: number }
  | { readonly do: "await" | "inspect" | "uncancel"; readonly name: string }
  | { readonly do: "cancel"; readonly name: string; readonly message: string | undefined }
  | { readonly do: "future" | "settle" | "fail"; readonly name: string }
  | { readonly do: "settleLater"; readonly name: string; readonly delay: number }
  | { readonly do: "callback" | "removeCallback"; readonly name: string; readonly label: string }
  | { readonly do: "gather"; readonly names: readonly string[]; readonly into: string; readonly all: boolean }
  | { readonly do: "callSoon" | "throwSoon"; readonly label: string; readonly handle: string }
  | { readonly do: "callLater" | "callAt"; readonly time: number; readonly label: string; readonly handle: string }
  | { readonly do: "cancelHandle"; readonly handle: string }
  | { readonly do: "throw"; readonly text: string }
  | { readonly do: "return"; readonly value: number }
  | { readonly do: "repeat"; readonly times: number; readonly steps: readonly Step[] }
  | {
    readonly do: "try";
    readonly steps: readonly Step[];
    readonly catches: "all" | "cancelled" | "errors" | "nothing";
    readonly then: readonly Step[];
    readonly finally: readonly Step[];
  };

/** The bodies of the coroutines; the first one is the main task's. */
export type RandomProgram = readonly (readonly Step[])[];

/** A small generator of numbers from 0 up to 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Tasks of level n run bodies of level n. They await only deeper levels, or they would wait for themselves in a ring. */
const LEVELS = 4;
const BODIES_A_LEVEL = 2;

/** Makes the program of a seed. */
export function randomProgram(seed: number): RandomProgram {
  const random = randomNumbers(seed);
  let labels = 0;

  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(...choices: readonly T[]): T => choices[below(choices.length)] as T;
  const label = () => `n${++labels}`;
  const taskAt = (level: number) => `t${level}${pick("a", "b", "a", "b", "g")}`;
  const deeper = (level: number) => taskAt(level + 1 + below(LEVELS - level));
  const future = () => pick("f1", "f2");
  const awaited = (level: number) => level < LEVELS && random() < 0.7 ? deeper(level) : future();
  const anyName = () => random() < 0.25 ? future() : random() < 0.1 ? "main" : taskAt(1 + below(LEVELS));
  const bodyOf = (name: string) => 1 + (Number(name[1]) - 1) * BODIES_A_LEVEL + below(BODIES_A_LEVEL);
  const handle = () => pick("h1", "h2");
  const delay = () => pick(0, 0, 1, 1, 2, 3);

  const steps = (level: number, depth: number, most: number): Step[] =>
    Array.from({ length: 1 + below(most) }, () => step(level, depth));

  function step(level: number, depth: number): Step {
    const leaf = level >= LEVELS;
    switch (below(26)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return { do: "sleep", delay: delay() };
      case 4:
      case 5:
      case 6: {
        if (leaf) break;
        const name = deeper(level);
        return { do: "spawn", name, body: bodyOf(name), eager: random() < 0.2 };
      }
      case 7:
      case 8:
      case 9:
        return { do: "await", name: awaited(level) };
      case 10:
      case 11:
        return { do: "cancel", name: anyName(), message: pick(undefined, "stop", "bye") };
      case 12:
        return { do: pick("inspect", "uncancel"), name: anyName() };
      case 13:
        return { do: "future", name: future() };
      case 14:
        return { do: pick("settle", "fail"), name: future() };
      case 15:
        return { do: "settleLater", name: future(), delay: delay() };
      case 16:
        return { do: pick("callback", "callback", "removeCallback"), name: anyName(), label: pick("c1", "c2") };
      case 17: {
        if (level + 1 >= LEVELS) break;
        const names = Array.from({ length: below(4) }, () => awaited(level + 1));
        return { do: "gather", names, into: `t${level + 1}g`, all: random() < 0.5 };
      }
      case 18:
        return { do: pick("callSoon", "callSoon", "throwSoon"), label: label(), handle: handle() };
      case 19:
        return { do: pick("callLater", "callAt"), time: delay(), label: label(), handle: handle() };
      case 20:
        return { do: "cancelHandle", handle: handle() };
      case 21:
        if (random() < 0.5) return { do: "throw", text: label() };
        if (depth === 0) return { do: "return", value: below(9) };
        return { do: "repeat", times: 2 + below(2), steps: steps(level, depth - 1, 2) };
      case 22:
        if (!leaf) return { do: "call", body: bodyOf(deeper(level)) };
        break;
      case 23:
      case 24:
      case 25:
        if (depth === 0) break;
        return {
          do: "try",
          steps: steps(level, depth - 1, 3),
          catches: pick("all", "all", "cancelled", "errors", "nothing"),
          then: random() < 0.5 ? steps(level, depth - 1, 2) : [],
          finally: random() < 0.3 ? steps(level, depth - 1, 2) : [],
        };
    }
    return { do: "note", text: label() };
  }

  /** A step in a `try` that outlives any error, so that a program gets far. */
  const guarded = (inner: Step): Step =>
    random() < 0.6 ? { do: "try", steps: [inner], catches: "all", then: [], finally: [] } : inner;
  const bodies: Step[][] = [[]];
  for (let level = 1; level <= LEVELS; level++) {
    for (let i = 0; i < BODIES_A_LEVEL; i++) bodies.push(steps(level, 2, 6).map(guarded));
  }
  const start: Step[] = [{ do: "future", name: "f1" }, { do: "future", name: "f2" }];
  for (const name of ["f1", "f2"]) {
    if (random() < 0.6) start.push({ do: "settleLater", name, delay: 1 + below(6) });
  }
  for (let i = 0; i < 3; i++) {
    const name = deeper(0);
    start.push({ do: "spawn", name, body: bodyOf(name), eager: random() < 0.2 });
  }
  bodies[0] = start.concat(Array.from({ length: 8 + below(10) }, () => guarded(step(0, 2))));
  return bodies;
}
