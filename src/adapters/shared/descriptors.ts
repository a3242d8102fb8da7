/**
 * What is said of descriptors that cannot be used.
 *
 * @module
 */
import { OSError } from "../../core/errors.ts";

/** The error for a descriptor that nothing can be waited for on. */
export function alwaysReady(fd: number, cause: unknown): RangeError {
  return new RangeError(
    `Cannot use descriptor ${fd} as a pipe: it is a regular file or a folder, which is always ready. Give a pipe, a socket or a device, ` +
      "and read files with the functions of the runtime.",
    { cause },
  );
}

/** The error for a descriptor that is closed. */
export function closedDescriptor(fd: number, cause: unknown): OSError {
  return new OSError(`Cannot use descriptor ${fd}: it is closed. Open it, and leave it open.`, {
    code: "EBADF",
    cause,
  });
}
