/**
 * What a row of the hot path's table is.
 *
 * @module
 */
import type { Program } from "../harness.ts";

/** This module, as this checkout or another one has it. */
export type Asyncio = typeof import("../../mod.ts");

/** One way to do what a row measures. */
export interface Variant {
  readonly name: string;
  /** Makes the program. What does not use the module is a native baseline. */
  readonly make: (asyncio: Asyncio) => Program;
}

/** Something measured in several ways. */
export interface Row {
  /** A short name for command lines. */
  readonly id: string;
  /** What is measured. */
  readonly title: string;
  /** How often a program does it. */
  readonly operations: number;
  /** What the module is compared with. */
  readonly baseline: Variant;
  /** The module. */
  readonly module: Variant;
}

/** Does nothing. */
export function nothing(): void {}
