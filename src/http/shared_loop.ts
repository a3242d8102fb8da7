/**
 * The loop of requests that no server of the module brings: `app.request()`, `Deno.serve(app.fetch)`, `export default app`.
 *
 * @module
 */
import { prepareStorage } from "../core/current_code.ts";
import { unfinishedTasks } from "../core/internal.ts";
import { EventLoop } from "../loop/event_loop.ts";

/** A loop that runs while a request, or a task that a request has left behind, needs it; nothing stays open after. */
class SharedLoop {
  readonly loop: EventLoop = new EventLoop();
  #requests = 0;
  #alive = false;

  /** A request begins. */
  enter(): void {
    this.#requests++;
    if (!this.#alive) void this.#live();
  }

  /** A request has ended. */
  readonly leave = (): void => {
    if (--this.#requests === 0) this.#stopIfIdle();
  };

  async #live(): Promise<void> {
    this.#alive = true;
    try {
      // A request may come between the stop and the news of it.
      do await this.loop.runForever(); while (this.#busy());
    } finally {
      if (shared === this) shared = null;
      this.loop.close();
    }
  }

  #busy(): boolean {
    return this.#requests > 0 || unfinishedTasks(this.loop).size > 0;
  }

  readonly #stopIfIdle = (): void => {
    if (this.#requests > 0) return;
    const [task] = unfinishedTasks(this.loop);
    // What a handler has started and not awaited goes on, as it does on a loop that somebody runs.
    if (task === undefined) this.loop.stop();
    else task.addDoneCallback(this.#stopIfIdle);
  };
}

let shared: SharedLoop | null = null;

/**
 * Lends the shared loop, and starts it if need be.
 *
 * @returns the loop, and what hands it back
 */
export function borrowLoop(): { readonly loop: EventLoop; readonly leave: () => void } {
  prepareStorage();
  const { loop, enter, leave } = (shared ??= new SharedLoop());
  enter.call(shared);
  return { loop, leave };
}
