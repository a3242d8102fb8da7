/**
 * The error for memory that was transferred while it was in use.
 *
 * @module
 */
import { RuntimeError } from "../../core/errors.ts";

/** The error of a connection whose next bytes lie in memory that was transferred, and is somebody else's now. */
export function memoryTransferred(): RuntimeError {
  return new RuntimeError(
    "Cannot go on with the connection: its next bytes are in memory that was transferred, together with bytes that had come before and " +
      "are a part of it. Transfer a copy: data.slice().buffer.",
  );
}
