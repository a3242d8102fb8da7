/**
 * What is said of descriptors that cannot be used.
 *
 * @module
 */
import { NotSupportedError, OSError } from "../../core/errors.ts";
import { socketError } from "./socket_errors.ts";

/** The error for a descriptor that nothing can be waited for on. */
export function alwaysReady(fd: number, direction: "read" | "write", cause: unknown): RangeError {
  const kinds = direction === "read"
    ? "a regular file, a folder or a device such as /dev/null"
    : "a regular file or a folder";
  return new RangeError(
    `Cannot use descriptor ${fd} as a pipe: it is ${kinds}, which is always ready. Give a pipe, ` +
      "a socket or a terminal, and read files with the functions of the runtime.",
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

/** The error for a descriptor of which Deno does not tell what it is, but with all permissions. */
export function closedOrDevice(fd: number, cause: unknown): OSError {
  return new OSError(
    `Cannot use descriptor ${fd}: it is closed, a socket that carries datagrams, or a device such as a terminal, which the runtime's sockets do ` +
      "not take. Open it, and leave it open, or use the selector on Deno or Bun: selectorAdapter() of @loop/asyncio/selector.",
    { code: "EBADF", cause },
  );
}

/** The error for a descriptor that is no socket. */
export function noSocket(what: string, cause: unknown): OSError {
  return socketError(what, "ENOTSOCK", cause);
}

/** The error for a device where the runtime can do nothing with one. */
export function noDevices(fd: number, cause: unknown): NotSupportedError {
  return new NotSupportedError(
    `Cannot use descriptor ${fd}: the runtime's sockets take an open pipe or socket, and no device such as a terminal. Read and write it with the functions of the runtime, or use ` +
      "the selector on Deno or Bun: selectorAdapter() of @loop/asyncio/selector.",
    { cause },
  );
}

/** The error for a descriptor that the runtime has opened itself, or watches. */
export function heldByRuntime(fd: number, cause: unknown): OSError {
  return new OSError(
    `Cannot use descriptor ${fd}: the runtime has it already, and takes over none of its own. Use the functions of the runtime, such as ` +
      "Deno.open(), or the selector on Deno or Bun: selectorAdapter() of @loop/asyncio/selector.",
    { code: "EEXIST", cause },
  );
}

/** The error for a socket that carries no stream of bytes. */
export function carriesDatagrams(what: string, cause: unknown): RangeError {
  return new RangeError(`${what}: its socket carries datagrams. Give one that carries a stream of bytes.`, { cause });
}

/** The error for a descriptor by which the system does not listen. */
export function cannotListen(fd: number, code: string, cause: unknown): OSError {
  const what = `Cannot listen by descriptor ${fd}`;
  if (code !== "EINVAL" && code !== "EOPNOTSUPP") return socketError(what, code, cause);
  return new OSError(
    `${what}: it is connected, carries datagrams, is closed, or is no socket at all. Give a socket that carries a stream of bytes and has an address.`,
    { code, cause },
  );
}
