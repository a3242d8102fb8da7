/**
 * The sockets of the runtime.
 *
 * @module
 */
import type { Adapter } from "../adapters/adapter.ts";
import { defaultAdapter } from "../adapters/default_adapter.ts";
import type { NetAdapter } from "../adapters/net.ts";
import { NotSupportedError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import { checkClosed } from "../core/internal.ts";
import type { Coroutine } from "../core/suspend.ts";
import { loadPart } from "../loop/area.ts";
import { type HostLoop, requireCapability } from "../loop/host_loop.ts";

/**
 * What the runtime does with sockets, loaded at the first use.
 *
 * @throws {RuntimeError} if the loop is closed: it may be awaited on another one
 * @throws {NotSupportedError} if the runtime has none
 */
export function* loadNet(loop: HostLoop, what: string): Coroutine<NetAdapter> {
  checkClosed(loop);
  if (loop.hostNet !== null) return loop.hostNet;
  const { adapter } = loop;
  requireCapability(adapter.net, what, adapter);
  loop.hostNet = yield* fromPromise(loadPart(() => chosenNet(adapter)));
  loop.hostNet.keepFor?.(loop);
  return loop.hostNet;
}

/** The adapters that the selector can take the place of, where the system has it. */
const REPLACEABLE = ["bun", "deno"];

/**
 * The sockets of an adapter; those of the selector in place of the runtime's own if the variable `ASYNCIO_SELECTOR` is `epoll`, which is looked at
 * where that is permitted.
 *
 * @throws {NotSupportedError} if it has another value
 */
async function chosenNet(adapter: Adapter): Promise<NetAdapter> {
  const variable = "ASYNCIO_SELECTOR";
  const isOwn = adapter === defaultAdapter() && REPLACEABLE.includes(adapter.name);
  const chosen = isOwn ? adapter.readVariable?.(variable) ?? "" : "";
  if (chosen === "") return await adapter.net!();
  if (chosen !== "epoll") {
    throw new NotSupportedError(
      `Cannot use the selector "${chosen}" of ${variable}: there is only epoll. Unset the variable.`,
    );
  }
  // Named so that no program loads it which does not ask for it.
  const file = import.meta.url.replace(/net\/load_net\.(\w+)$/, "adapters/selector/mod.$1");
  const { selectorAdapter } = await import(file) as { selectorAdapter(): Adapter };
  return await selectorAdapter().net!();
}
