/**
 * Tests of programs on the loop: virtual time, what a test leaves behind, every order of steps, and every cancel.
 *
 * Works in `Deno.test`, `bun:test`, `node:test`, vitest and `@std/testing/bdd`: all of it are functions that return promises.
 *
 * @example An hour in an instant
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { runVirtual } from "@loop/asyncio/testing";
 *
 * await runVirtual(sleep(3_600_000));
 * ```
 *
 * @module
 */

// Virtual time
export { runVirtual, type RunVirtualOptions } from "./run_virtual.ts";
export { VirtualClock, type VirtualClockOptions } from "./virtual_clock.ts";
export { VirtualAdapter, type VirtualAdapterOptions } from "./virtual_adapter.ts";
export type { VirtualOptions } from "./virtual_run.ts";

// A network
export { type DirectionOptions, type Hosts, SimulatedNetwork } from "./network/simulated_network.ts";
export { type CrashOptions, SimulatedHost } from "./network/simulated_host.ts";
export type {
  DnsOptions,
  LinkOptions,
  SimulatedHostOptions,
  SimulatedNetworkOptions,
  Span,
} from "./network/options.ts";
export type { NetworkEvent, NetworkEventKind } from "./network/network_log.ts";

// One test
export { testLoop, type TestLoopOptions } from "./test_loop.ts";
export { assertCheckpoint, assertNoCheckpoint, waitUntilIdle } from "./checkpoints.ts";
export { trace } from "./trace.ts";
export { CheckpointError, LeakError } from "./test_errors.ts";

// Contracts
export {
  checkStreamPair,
  type MakeStreamPair,
  type ReadingSide,
  type StreamSide,
  type WritingSide,
} from "./check_stream_pair.ts";
export { checkTransport, type MakeTransportPair } from "./check_transport.ts";
export { ContractError, type ContractOptions, type ContractResult } from "./contract_check.ts";

// Many orders
export { explore, type ExploreOptions, type ExploreResult } from "./explore.ts";
export { InvariantError, type Program } from "./ordered_run.ts";
export { ExploreError, type ExploreFailure } from "./explore_error.ts";
export {
  type ExhaustiveOptions,
  exhaustiveStrategy,
  type PctOptions,
  pctStrategy,
  randomStrategy,
  type ReadyTasks,
  type Strategy,
} from "./strategy.ts";

// Cancels
export { cancelEverywhere, type CancelEverywhereOptions, type CancelEverywhereResult } from "./cancel_everywhere.ts";
export { CancelFailure, type CancelPoint } from "./cancel_failure.ts";
