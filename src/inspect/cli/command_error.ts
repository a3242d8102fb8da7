/**
 * What the program says and ends with when it cannot do what it is asked.
 *
 * @module
 */

/** A failure that is told in one sentence, without a stack. */
export class CommandError extends Error {
  /** What the program ends with: 2 if it was called wrongly, 1 for everything else. */
  readonly code: 1 | 2;

  /** Makes one. */
  constructor(message: string, code: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
  }
}

/** There is nobody who could answer: no program, or none any more. */
export class NobodyThere extends CommandError {
  /** Makes one. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, 1, options);
    this.name = "NobodyThere";
  }
}
