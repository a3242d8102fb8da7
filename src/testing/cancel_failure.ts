/**
 * What a program fails with that does not stand a cancel.
 *
 * @module
 */
import { describeValue } from "../core/repr.ts";
import { describeNetwork } from "./explore_error.ts";

/**
 * Where main was cancelled.
 *
 * @category Cancels
 */
export interface CancelPoint {
  /** At which of its suspensions, counted from 1. */
  readonly suspension: number;
  /** Whether it was woken already and had not gone on. */
  readonly isWoken: boolean;
  /** At which suspension of its cleanup it was cancelled a second time, counted from 1; null if it was not. */
  readonly cleanup: number | null;
}

/**
 * Something is wrong after a cancel: see {@linkcode cancelEverywhere}. `cause` is what was thrown, if anything was.
 *
 * @example A program that swallows a cancel
 * ```ts
 * import { sleep } from "@loop/asyncio";
 * import { cancelEverywhere, CancelFailure } from "@loop/asyncio/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * function* stubborn() {
 *   try {
 *     yield* sleep(10);
 *   } catch {
 *     // The cancel ends here, and nobody hears of it.
 *   }
 * }
 *
 * const { point } = await assertRejects(() => cancelEverywhere(stubborn), CancelFailure);
 * assertEquals(point?.suspension, 1);
 * ```
 *
 * @category Cancels
 */
export class CancelFailure extends Error {
  /** Always `"CancelFailure"`. */
  override readonly name: string = "CancelFailure";
  /** Where main was cancelled; null if something is wrong without a cancel. */
  readonly point: CancelPoint | null;
  /** The events of the run as text, see {@linkcode trace}. */
  readonly trace: string;
  /** The events of the network as text, see {@linkcode SimulatedNetwork.log}; empty if the program has no network. */
  readonly networkLog: string;

  /** Makes the error of what is wrong: an error, or words. */
  constructor(wrong: unknown, point: CancelPoint | null, waitedFor: string | null, trace: string, networkLog = "") {
    const what = wrong instanceof Error
      ? `${wrong.name}: ${wrong.message}`
      : typeof wrong === "string"
      ? wrong
      : `a thrown ${describeValue(wrong)}`;
    super(
      `${describePoint(point)}${waitedFor === null ? "" : `\n  ${waitedFor}`}\n${what}\n\nWhat has happened:\n${trace}${
        networkLog === "" ? "" : `\n\n${describeNetwork(networkLog).trimEnd()}`
      }`,
      typeof wrong === "string" ? undefined : { cause: wrong },
    );
    this.point = point;
    this.trace = trace;
    this.networkLog = networkLog;
  }
}

function describePoint(point: CancelPoint | null): string {
  if (point === null) return "The program fails without a cancel:";
  const { suspension, isWoken, cleanup } = point;
  return `The program does not stand a cancel at suspension ${suspension} of its main task, ${
    isWoken ? "after it was woken" : "while it waits"
  }${cleanup === null ? "" : `, and another at suspension ${cleanup} of its cleanup`}:`;
}
