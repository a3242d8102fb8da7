/**
 * Checks of what users make: each on a loop of its own, with an end.
 *
 * @module
 */
import { TimeoutError } from "../core/errors.ts";
import { describeValue } from "../core/repr.ts";
import { timeout } from "../tasks/timeout.ts";
import { checkFlag, checkOptionNames, checkProgram } from "./checks.ts";
import { LeakError } from "./test_errors.ts";
import { testLoop, type TestLoopOptions } from "./test_loop.ts";
import { VIRTUAL_OPTIONS } from "./virtual_run.ts";

/**
 * What somebody has made does not keep to its contract: see {@linkcode checkStreamPair} and {@linkcode checkTransport}.
 *
 * @example Two protocols that nothing connects
 * ```ts
 * import { checkTransport, ContractError, SimulatedNetwork } from "@loop/asyncio/testing";
 * import { assertRejects } from "@std/assert";
 *
 * const network = (seed: number) => new SimulatedNetwork({ seed });
 * const { check } = await assertRejects(() => checkTransport(async () => {}, { network }), ContractError);
 * console.log(check);
 * ```
 *
 * @category Tests
 */
export class ContractError extends Error {
  /** Always `"ContractError"`. */
  override readonly name: string = "ContractError";
  /** What was looked at, in words. */
  readonly check: string;

  /** Makes the error of a check. */
  constructor(check: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.check = check;
  }
}

/**
 * What checks of a contract came to that have found nothing.
 *
 * @category Tests
 */
export interface ContractResult {
  /** What was looked at, in words. */
  readonly checks: readonly string[];
}

/**
 * The options of {@linkcode checkStreamPair} and {@linkcode checkTransport}.
 *
 * @category Tests
 */
export interface ContractOptions extends TestLoopOptions {
  /**
   * Whether writing is held up once the other side does not read; true by default. False for what takes everything into memory.
   */
  readonly clogs?: boolean | undefined;
  /** Milliseconds of the loop's time after which something counts as hanging; 60,000 by default. */
  readonly patience?: number | undefined;
}

/** Milliseconds that nothing takes that does not hang. */
const TIME_FOR_CHECK = 60_000;

/** So many bytes are sent by checks of long streams, in parts of that length. */
export const MANY: number = 1 << 20;
export const PART = 16_384;
/** So many bytes nobody takes from who writes while the other side does not read. */
export const MAX_BUFFERED: number = 32 << 20;
/** Milliseconds of the loop's time in which what can happen has happened. */
export const A_WHILE = 60;

/** Something is not as it must be. */
class Fault extends Error {}

/** Fails the check. */
export function fault(message: string, cause?: unknown): never {
  throw new Fault(message, { cause });
}

/** Runs the checks one after another, each on a loop of its own: by `runCheck`, which makes what is checked. */
export async function runChecks<C>(
  where: string,
  make: unknown,
  checks: Readonly<Record<string, C>>,
  runCheck: (check: C) => Promise<void>,
  options: ContractOptions,
): Promise<ContractResult> {
  checkOptionNames(options, [...VIRTUAL_OPTIONS, "realTime", "clogs", "patience"], where);
  checkFlag(options.clogs, "clogs", where);
  checkProgram(make, where);
  const { clogs = true, patience = TIME_FOR_CHECK, ...loopOptions } = options;
  const names = Object.keys(checks).filter((name) => clogs || !name.startsWith("clogged"));
  for (const name of names) {
    try {
      await testLoop(() => timeout(patience, () => runCheck(checks[name] as C)), loopOptions);
    } catch (error) {
      throw new ContractError(name, `${where}: ${name}: ${reasonOf(error, patience)}`, { cause: error });
    }
  }
  return { checks: names };
}

function reasonOf(error: unknown, patience: number): string {
  if (error instanceof Fault || error instanceof LeakError) return error.message;
  if (error instanceof TimeoutError) return `it hangs: nothing has come of it for ${patience} ms`;
  return `it throws ${describeValue(error)}${error instanceof Error ? `: ${error.message}` : ""}`;
}

/** Bytes that differ by their position, so that what is lost, doubled or exchanged shows. */
export function patternOf(length: number, from = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = ((from + i) * 31 + ((from + i) >> 8)) & 255;
  return bytes;
}

/** Fails if bytes are not those of the pattern. */
export function checkPattern(bytes: Uint8Array, from: number, what: string): void {
  const expected = patternOf(bytes.length, from);
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== expected[i]) fault(`${what}: byte ${from + i} is ${bytes[i]} in the place of ${expected[i]}`);
  }
}
