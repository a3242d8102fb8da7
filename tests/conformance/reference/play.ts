/**
 * Runs a random program in a world and writes down what happened.
 *
 * @module
 */
import type { Coroutine } from "../../../mod.ts";
import { type Form, Player, show, StepLimit, takes } from "./player.ts";
import type { RandomProgram, Step } from "./random_program.ts";
import type { World } from "./world.ts";

/** Ends a coroutine from within a block. */
class Return {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** The form in which each step is interpreted when its turn comes. */
export const interpreted: Form = (player, program) => {
  function* body(index: number): Coroutine<unknown> {
    const ended = yield* block(program[index] ?? []);
    return ended?.value;
  }

  function* block(steps: readonly Step[]): Coroutine<Return | undefined> {
    for (const step of steps) {
      if (!player.runs(step)) continue;
      const ended = yield* perform(step);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  function* attempt(step: Step & { do: "try" }): Coroutine<Return | undefined> {
    try {
      return yield* block(step.steps);
    } catch (error) {
      if (error instanceof StepLimit || !takes(error, step.catches)) throw error;
      player.say(`caught ${show(error)}`);
      return yield* block(step.then);
    } finally {
      yield* block(step.finally);
    }
  }

  function* perform(step: Step): Coroutine<Return | undefined> {
    switch (step.do) {
      case "sleep":
        yield* player.world.sleep(step.delay);
        break;
      case "await":
        player.say(`${step.name} = ${show(yield* player.world.wait(player.future(step.name)))}`);
        break;
      case "call":
        player.say(`called: ${show(yield* body(step.body))}`);
        break;
      case "return":
        return new Return(step.value);
      case "repeat":
        for (let i = 0; i < step.times; i++) {
          const ended = yield* block(step.steps);
          if (ended !== undefined) return ended;
        }
        break;
      case "try":
        return yield* attempt(step);
      default:
        player.act(step);
    }
    return undefined;
  }

  return body;
};

/** Runs the program; the trace ends with how the run ended and what became of everything. */
export async function play(world: World, program: RandomProgram, form: Form = interpreted): Promise<string[]> {
  const player = new Player(world, program, form);
  world.onError((error) => player.log(`handler: ${show(error)}`));
  const main = player.spawn(0, "main", false);
  player.trace.push(await world.run(main));
  for (const [name, future] of player.futures) player.trace.push(`${name} is ${player.state(future)}`);
  return player.trace;
}
