/**
 * The loop that runs, and the one that was set.
 *
 * @module
 */
import { BaseEventLoop } from "../core/base_event_loop.ts";
import { RuntimeError } from "../core/errors.ts";
import { chooseLoop } from "../core/current_code.ts";
import * as core from "../core/running.ts";
import { describeKind } from "../core/repr.ts";
import { EventLoop } from "./event_loop.ts";

/**
 * A class of loops, such as {@linkcode BaseEventLoop}.
 *
 * @category Running
 */
export type LoopClass<L extends BaseEventLoop> = abstract new (...args: never[]) => L;

/**
 * The loop that runs this code.
 *
 * @throws {RuntimeError} if none does, or if it is a bare {@linkcode BaseEventLoop}, which has no connections, processes or executors
 *
 * @example Ask the loop for its time
 * ```ts
 * import { getRunningLoop, run } from "@loop/asyncio";
 *
 * await run(function* () {
 *   console.log(getRunningLoop().time());
 * });
 * ```
 *
 * @category Running
 */
export function getRunningLoop(): EventLoop;
/**
 * The same for code that runs on loops of other classes as well: `getRunningLoop(BaseEventLoop)` returns any loop.
 *
 * @throws {RuntimeError} if none runs, or one that is not of this class
 * @category Running
 */
export function getRunningLoop<L extends BaseEventLoop>(kind: LoopClass<L>): L;
export function getRunningLoop(kind: LoopClass<BaseEventLoop> = EventLoop): BaseEventLoop {
  return check(core.getRunningLoop(), kind, "getRunningLoop");
}

/**
 * The running loop, or else the one given to {@linkcode setEventLoop}.
 *
 * @throws {RuntimeError} if there is neither, or if it is a bare {@linkcode BaseEventLoop}
 *
 * @example The loop of a program that makes its own
 * ```ts
 * import { getEventLoop, newEventLoop, setEventLoop } from "@loop/asyncio";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * setEventLoop(loop);
 * assertStrictEquals(getEventLoop(), loop);
 * setEventLoop(null);
 * loop.close();
 * ```
 *
 * @category Running
 */
export function getEventLoop(): EventLoop;
/**
 * The same for code that runs on loops of other classes as well: `getEventLoop(BaseEventLoop)` returns any loop.
 *
 * @throws {RuntimeError} if there is none, or one that is not of this class
 * @category Running
 */
export function getEventLoop<L extends BaseEventLoop>(kind: LoopClass<L>): L;
export function getEventLoop(kind: LoopClass<BaseEventLoop> = EventLoop): BaseEventLoop {
  return check(core.getEventLoop(), kind, "getEventLoop");
}

/**
 * Makes a loop the current one: what {@linkcode getEventLoop} returns where none is running. Null for none.
 *
 * @throws {TypeError} if it is neither a loop nor null
 *
 * @example The current loop
 * ```ts
 * import { getEventLoop, newEventLoop, setEventLoop } from "@loop/asyncio";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const loop = newEventLoop();
 * setEventLoop(loop);
 * assertStrictEquals(getEventLoop(), loop);
 * setEventLoop(null);
 * loop.close();
 * ```
 *
 * @category Running
 */
export function setEventLoop(loop: BaseEventLoop | null): void {
  if (loop !== null && !(loop instanceof BaseEventLoop)) {
    throw new TypeError(`Cannot set ${describeKind(loop)} as the event loop: it must be a loop, or null.`);
  }
  chooseLoop(loop);
}

function check(loop: BaseEventLoop, kind: LoopClass<BaseEventLoop>, name: string): BaseEventLoop {
  if (loop instanceof kind) return loop;
  throw new RuntimeError(
    `Cannot return ${loop} from ${name}(): it is not an instance of ${kind.name}. Make it with new ${kind.name}(), or call ${name}(BaseEventLoop).`,
  );
}
