/**
 * See what the loop does: who waits for whom, as text and as data, from inside the program and from outside.
 *
 * @module
 */
export { futureAddToAwaitedBy, futureDiscardFromAwaitedBy } from "./awaited_by.ts";
export {
  type CallGraphOptions,
  captureCallGraph,
  formatCallGraph,
  FrameCallGraphEntry,
  FutureCallGraph,
  printCallGraph,
} from "./call_graph.ts";
export { inspect, type InspectOptions, Inspector } from "./inspect.ts";
export { cli } from "./cli.ts";
export { formatTasks } from "./methods.ts";
export type { Counters, FrameSnapshot, LoopSnapshot, Snapshot, TaskSnapshot, TaskState } from "./snapshot.ts";
export { type EndedRequest, Instrument, type InstrumentHooks } from "../core/instruments.ts";

import { runAsProgram } from "./cli.ts";

// `deno run -A jsr:@loop/asyncio/inspect`. No `await`: the module would have to be awaited by all that import it.
if (import.meta.main) runAsProgram(import.meta.url);
