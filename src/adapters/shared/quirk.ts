/**
 * What is written down of the quirks of runtimes. No program loads it: it is for whoever reads the code, and for the tests.
 *
 * @module
 */

/** Something that a runtime does otherwise than others, or than it says. */
export interface Quirk {
  /** Its name. Where the code heeds it, a comment says `quirk` and this name. */
  readonly id: string;
  /** The version that it was seen in. */
  readonly since: string;
  /** What happens. */
  readonly happens: string;
  /** What is done about it. */
  readonly done: string;
  /**
   * The name of the test that fails when the runtime has mended it: take the quirk out then, and what is done. Where it is only slow, no test
   * can tell, since none asserts a duration: it is the test of what is done.
   */
  readonly test: string;
}
