/**
 * A program on a simulated host, on a loop of its own.
 *
 * @module
 */
import type { TaskSource } from "../../core/coroutine.ts";
import { RuntimeError } from "../../core/errors.ts";
import { unfinishedTasks } from "../../core/internal.ts";
import { letChoose, throwSoon } from "../../core/lazy_internal.ts";
import type { Task } from "../../core/task.ts";
import { EventLoop } from "../../loop/event_loop.ts";
import { Runner } from "../../loop/runner.ts";
import { HostAdapter } from "./host_adapter.ts";
import type { Machine } from "./machine.ts";

/** How a program has ended, if its host has not crashed before. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** What ends the loop of a host that crashes. It reaches nobody. */
class Crash extends RuntimeError {}

/** A program that runs on a host until it ends, or the host crashes. */
export class ProgramRun<T> {
  readonly #machine: Machine;
  readonly #loop: EventLoop;
  readonly #crash: Crash = new Crash("The simulated host has crashed.");
  #hasCrashed = false;
  #isOver = false;

  /** @param ended called once it has ended by itself */
  constructor(machine: Machine, main: TaskSource<T>, ended: (outcome: Outcome<T>) => void) {
    this.#machine = machine;
    const { overseer } = machine.world;
    const adapter = new HostAdapter(machine);
    this.#loop = overseer?.makeLoop(adapter) ?? new EventLoop({ adapter });
    letChoose(this.#loop, (_, left, ran) => {
      if (this.#hasCrashed) throw this.#crash;
      overseer?.countSteps(ran);
      return left;
    });
    this.#loop.setExceptionHandler((loop, context) => {
      if (overseer === null) loop.defaultExceptionHandler(context);
      else overseer.report(context);
    });
    // Never inside of a step of another loop.
    machine.world.queue.after(0, () => {
      if (!this.#hasCrashed) void this.#run(main, ended);
    });
  }

  /** The tasks that have not ended. */
  tasks(): Set<Task<unknown>> {
    return this.#isOver ? new Set() : unfinishedTasks(this.#loop);
  }

  /** The host is gone: nothing of the program goes on, not even what stands in `finally`. */
  crash(): void {
    if (this.#hasCrashed || this.#isOver) return;
    this.#hasCrashed = true;
    throwSoon(this.#loop, this.#crash);
  }

  async #run(main: TaskSource<T>, ended: (outcome: Outcome<T>) => void): Promise<void> {
    const runner = new Runner({ loopFactory: () => this.#loop, signals: [] });
    let outcome: Outcome<T>;
    try {
      outcome = { value: await runner.run(main) };
    } catch (error) {
      outcome = { error };
    }
    if (!this.#hasCrashed) {
      const { name, world } = this.#machine;
      if ("value" in outcome) world.overseer?.returned(this.#loop, name);
      try {
        await runner.close();
      } catch (error) {
        if ("value" in outcome) outcome = { error };
      }
    }
    this.#isOver = true;
    if (this.#hasCrashed) this.#loop.close();
    else ended(outcome);
    this.#machine.ended(this as ProgramRun<unknown>);
  }
}
