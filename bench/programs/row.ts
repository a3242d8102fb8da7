/**
 * A row of the hot path's table: a program in this module's words, and what it is compared with.
 */
import type { Coroutine } from "../../mod.ts";
import type { Program, Timer } from "../harness/samples.ts";

/** This module, as this checkout or another one has it. */
export type Asyncio = typeof import("../../mod.ts");

/** A function of the main task. */
export type Body = (timer: Timer) => Coroutine<unknown> | Promise<unknown>;

/** Something that is measured in two ways. */
export interface Row {
  /** A short name for command lines. */
  readonly id: string;
  /** What is measured. */
  readonly title: string;
  /** How often a program does it. */
  readonly operations: number;
  /** What the module is compared with. */
  readonly baseline: string;
  /** Makes the program that this is. But for one row it does not use the module. */
  readonly native: (asyncio: Asyncio) => Program;
  /** What the module's program uses. */
  readonly module: string;
  /** Makes that program; it runs in the main task. */
  readonly own: (asyncio: Asyncio) => Body;
}

/** The module's program of a row, in a loop of its own each time. */
export function ownProgram(row: Row, asyncio: Asyncio): Program {
  const body = row.own(asyncio);
  return (timer) => asyncio.run(() => body(timer));
}

/** Does nothing. */
export function nothing(): void {}
