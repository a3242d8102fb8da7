/**
 * Functions of any kind as tasks.
 *
 * @module
 */
import { AsyncRun } from "../core/async_run.ts";

/** A call that may give a coroutine, a promise or a plain value. */
export class AnyRun extends AsyncRun<unknown> {
  /** @internal */
  override _plain(made: unknown): unknown {
    return made;
  }
}
