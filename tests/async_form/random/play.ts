/**
 * Runs the random program of a seed and says what is wrong with it.
 *
 * @module
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import * as asyncio from "../../../mod.ts";
import { virtualEventLoop } from "../../core/play.ts";
import { Failure, isKnown } from "./frame.ts";
import { World } from "./world.ts";
import { writeProgram } from "./writer.ts";

/** What became of a seed. */
export interface Played {
  readonly source: string;
  readonly problems: readonly string[];
  readonly trace: string;
  /** It did not end: its loop goes on, and whatever runs after it in this process is disturbed. */
  readonly late: boolean;
}

/** How long a program may take, all waits for the host included: far more than any needs. */
const LIMIT = 30_000;

/** Runs a seed's program. `unhandled` gives the rejections that nobody has handled since it was last asked. */
export async function playSeed(seed: number, unhandled: () => readonly unknown[], plain = false): Promise<Played> {
  const source = writeProgram(seed, plain);
  const loop = virtualEventLoop();
  const world = new World(loop);
  loop.setExceptionHandler((_loop, { message, exception }) => {
    if (!isKnown(exception)) world.problem(`reported: ${message} ${exception instanceof Error ? exception.stack : ""}`);
  });
  const make = new Function("asyncio", "Failure", "w", `"use strict";\n${source}`);
  const sources = make(asyncio, Failure, world) as asyncio.TaskSource<unknown>[];
  const main = seed % 2 === 0 ? () => world.main(sources) : () => world.mainAsync(sources);
  let ended: unknown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), LIMIT));
  try {
    ended = await Promise.race([asyncio.run(main, { loopFactory: () => loop }), late]);
    if (ended === "late") world.problem(`it did not end within ${LIMIT} ms`);
    // Rejections that nobody handles are told of after the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
    world.checkEnd();
  } catch (error) {
    world.problem(`run() threw ${error instanceof Error ? error.stack : error}`);
  } finally {
    clearTimeout(timer);
  }
  for (const reason of unhandled()) {
    world.problem(`nobody handled ${reason instanceof Error ? reason.stack : reason}`);
  }
  return { source, problems: world.problems, trace: world.trace(), late: ended === "late" };
}

/** Notes rejections that nobody handles, which would end the process, until it is disposed of. */
export class Rejections implements Disposable {
  #reasons: unknown[] = [];
  readonly #note = (reason: unknown): void => void this.#reasons.push(reason);

  constructor() {
    process.on("unhandledRejection", this.#note);
  }

  /** Those since the last time. */
  readonly take = (): readonly unknown[] => {
    const taken = this.#reasons;
    this.#reasons = [];
    return taken;
  };

  [Symbol.dispose](): void {
    process.off("unhandledRejection", this.#note);
  }
}
