/**
 * What the folders that feed readers need of them, beside what everybody may use.
 *
 * @module
 */
import type { ReaderState } from "./reader_state.ts";
import type { StreamReader } from "./stream_reader.ts";

/** Set by the class that it is about. */
export const internal: {
  /** What a reader holds: a protocol feeds that with arrays which need not be copied. */
  stateOf(reader: StreamReader): ReaderState;
} = {} as never;
