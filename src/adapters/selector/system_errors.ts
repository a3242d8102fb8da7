/**
 * What the numbers mean that a system call fails with.
 *
 * @module
 */

import { OSError } from "../../core/errors.ts";
import { socketError } from "../shared/socket_errors.ts";

/** The names of the errors of Linux that sockets, pipes and files know. */
const NAMES: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  4: "EINTR",
  5: "EIO",
  6: "ENXIO",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  17: "EEXIST",
  19: "ENODEV",
  20: "ENOTDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  28: "ENOSPC",
  29: "ESPIPE",
  32: "EPIPE",
  36: "ENAMETOOLONG",
  38: "ENOSYS",
  71: "EPROTO",
  75: "EOVERFLOW",
  88: "ENOTSOCK",
  89: "EDESTADDRREQ",
  90: "EMSGSIZE",
  91: "EPROTOTYPE",
  92: "ENOPROTOOPT",
  93: "EPROTONOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  105: "ENOBUFS",
  106: "EISCONN",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  112: "EHOSTDOWN",
  113: "EHOSTUNREACH",
  114: "EALREADY",
  115: "EINPROGRESS",
};

/** The name of an error; `"EIO"` for one that has none here. */
export function nameOf(errno: number): string {
  return NAMES[errno] ?? "EIO";
}

/** What a system call says, as the cause of an error: like errors of Node's. */
export function systemError(call: string, errno: number): Error {
  const code = nameOf(errno);
  return Object.assign(new Error(`${call}: ${code} (error ${errno} of the system)`), { code, errno, syscall: call });
}

/** What is wrong where a code tells little, by the call that fails and the code. */
const REASONS: Readonly<Record<string, string>> = {
  "connect EAGAIN": "too many clients wait there to be accepted. Try again in a while",
  "accept4 EINVAL": "it does not listen. Call listen() first",
  "bind EINVAL":
    "it has an address already, or that address wants a zone, such as fe80::1%eth0. Make another socket, or name the zone",
  "listen EINVAL": "it is connected. Make another socket",
};

/** The error for something that a socket could not do, such as `"Cannot connect to 127.0.0.1:80"`. */
export function callFailed(what: string, call: string, errno: number): OSError {
  const code = nameOf(errno);
  const cause = systemError(call, errno);
  const reason = REASONS[`${call} ${code}`];
  return reason === undefined ? socketError(what, code, cause) : new OSError(`${what}: ${reason}.`, { code, cause });
}
