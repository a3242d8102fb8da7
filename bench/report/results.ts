/**
 * Everything that the report tells.
 *
 * @module
 */
import type { Beside } from "../beside.ts";
import type { HotFigure } from "../hot_path/compare.ts";
import type { HttpResults } from "../http/compare.ts";
import type { Latency } from "../latency/echo.ts";
import type { PeerMemory, PeerTable } from "../peers/compare.ts";
import type { PeerOn } from "../peers/contenders.ts";
import type { Growth } from "../scale/growth.ts";
import type { Sizes } from "../size/measure.ts";
import type { Machine } from "./machine.ts";

/** The parts that can be measured by themselves. */
export interface Results {
  readonly machine: Machine;
  /** The hot path, measured twice from the beginning. */
  readonly hot?: readonly [readonly HotFigure[], readonly HotFigure[]];
  readonly peers?: {
    readonly versions: readonly Pick<PeerOn, "name" | "on" | "version">[];
    readonly tables: readonly PeerTable[];
  };
  readonly memory?: { readonly count: number; readonly peers: readonly PeerMemory[] };
  readonly million?: { readonly count: number; readonly peers: readonly PeerMemory[] };
  readonly growth?: readonly Growth[];
  readonly latency?: readonly Latency[];
  readonly size?: Sizes;
  readonly http?: HttpResults & { readonly client: string; readonly connections: number };
  readonly process?: readonly Beside[];
  readonly executors?: readonly Beside[];
  /** What benches of their own have printed. */
  readonly others?: readonly { readonly title: string; readonly command: string; readonly text: string }[];
}

/** The name of a part. */
export type Part = Exclude<keyof Results, "machine">;

/** The parts, in the order in which they are measured. */
export const PARTS: readonly Part[] = [
  "hot",
  "peers",
  "memory",
  "million",
  "growth",
  "latency",
  "size",
  "http",
  "process",
  "executors",
  "others",
];
