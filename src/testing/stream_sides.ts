/**
 * The two sides of a stream that is checked, and what the checks do with them.
 *
 * @module
 */
import { OSError, RuntimeError } from "../core/errors.ts";
import { createTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { gather } from "../tasks/gather.ts";
import { sleep } from "../tasks/sleep.ts";
import { A_WHILE, checkPattern, fault, MAX_BUFFERED, PART, patternOf } from "./contract_check.ts";

/**
 * What one side reads by: as `StreamReader` has it.
 *
 * @category Tests
 */
export interface ReadingSide {
  /** Reads up to so many bytes; none at the end. */
  read(count?: number): PromiseLike<Uint8Array>;
}

/**
 * What one side writes by: as `StreamWriter` has it.
 *
 * @category Tests
 */
export interface WritingSide {
  /** Sends bytes, or keeps them until they are. */
  write(data: Uint8Array): void;
  /** Waits until more may be written. */
  drain(): PromiseLike<unknown>;
  /** Whether this side can be ended by itself. */
  canWriteEof?(): boolean;
  /** Ends this side; the other side may go on. */
  writeEof?(): void;
  /** Ends the stream once everything is sent. */
  close(): void;
  /** Waits until it is closed. */
  waitClosed(): PromiseLike<unknown>;
}

/**
 * One side of a stream.
 *
 * @category Tests
 */
export type StreamSide = readonly [reader: ReadingSide, writer: WritingSide];

/** Two sides, and what closes them. */
export class Pair {
  readonly one: Side;
  readonly other: Side;

  constructor(made: unknown) {
    if (!Array.isArray(made) || made.length !== 2 || !made.every((side) => Array.isArray(side) && side.length === 2)) {
      throw new TypeError(
        `Cannot check what the function given to checkStreamPair() returned: it must return [[reader, writer], [reader, writer]].`,
      );
    }
    const [one, other] = made as unknown as readonly [StreamSide, StreamSide];
    this.one = new Side(one);
    this.other = new Side(other);
  }

  /** Closes both, and reads away what is left, so that nothing is behind. */
  async close(): Promise<void> {
    const end = async (side: Side) => {
      side.writer.close();
      await side.readAway();
      await side.writer.waitClosed().then(undefined, ignoreLoss);
    };
    await gather([() => end(this.one), () => end(this.other)]);
  }
}

/** The connection was lost, which the check has brought about itself. */
export function ignoreLoss(error: unknown): void {
  if (!(error instanceof OSError)) throw error;
}

/** One side, with what the checks do with it. */
export class Side {
  readonly reader: ReadingSide;
  readonly writer: WritingSide;

  constructor([reader, writer]: StreamSide) {
    this.reader = reader;
    this.writer = writer;
  }

  /** Sends a part of the pattern and waits until more may be sent. */
  async send(length: number, from = 0): Promise<void> {
    for (let at = 0; at < length; at += PART) {
      this.writer.write(patternOf(Math.min(PART, length - at), from + at));
      await this.writer.drain();
    }
  }

  /** Reads a part of the pattern. */
  async receive(length: number, from = 0): Promise<void> {
    for (let at = 0; at < length;) {
      const bytes = await this.reader.read(Math.min(65_536, length - at));
      if (bytes.length === 0) fault(`the end came after ${from + at} bytes, and ${from + length} were sent`);
      if (bytes.length > length - at) fault(`read(${length - at}) has returned ${bytes.length} bytes`);
      checkPattern(bytes, from + at, "what was read");
      at += bytes.length;
    }
  }

  /** Reads the end. */
  async receiveEnd(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      const bytes = await this.reader.read(100);
      if (bytes.length > 0) fault(`${bytes.length} bytes came in the place of the end`);
    }
  }

  /** Writes until that is held up: how many bytes that took, and what goes on when it is not any more. */
  async clog(): Promise<{ readonly length: number; readonly draining: Task<unknown> }> {
    let length = 0;
    for (;;) {
      this.writer.write(patternOf(4 * PART, length));
      length += 4 * PART;
      const draining = createTask(async () => void await this.writer.drain());
      await sleep(0);
      if (!draining.done()) await sleep(A_WHILE);
      if (!draining.done()) return { length, draining };
      await draining;
      if (length > MAX_BUFFERED) fault(`drain() never waits: ${length} bytes were written, and nobody reads`);
    }
  }

  /** Reads until the end, or until nothing can be read. */
  async readAway(): Promise<void> {
    try {
      while ((await this.reader.read(65_536)).length > 0);
    } catch (error) {
      if (!(error instanceof OSError || error instanceof RuntimeError)) throw error;
    }
  }
}
