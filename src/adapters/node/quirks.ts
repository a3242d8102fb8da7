/**
 * The quirks of Node.
 *
 * @module
 */
import type { Quirk } from "../shared/quirk.ts";

/** What Node does otherwise than others, or than it says, and what is done about it. */
export const QUIRKS: readonly Quirk[] = [
  {
    id: "dear-snapshots",
    since: "24",
    happens: "AsyncLocalStorage.snapshot() costs many times as much as an AsyncResource, which keeps the same.",
    done: "Marks are kept by resources.",
    test: "is kept by a snapshot, with every AsyncLocalStorage",
  },
  {
    id: "listen-directory",
    since: "24",
    happens: "A Unix socket in a directory that does not exist fails with EACCES.",
    done: "The directory is looked for after such a failure, which is ENOENT if it is not there.",
    test: "says EACCES of a directory that does not exist",
  },
  {
    id: "long-path",
    since: "24",
    happens: "The path of a Unix socket that is too long fails with EINVAL.",
    done: "It is ENAMETOOLONG if the path is too long for every system.",
    test: "says EINVAL of a path that is too long",
  },
  {
    id: "long-name",
    since: "24",
    happens: "Looking up a name that is too long fails with EINVAL.",
    done: "It is taken for ENOTFOUND.",
    test: "says EINVAL of a name that is too long",
  },
  {
    id: "empty-name",
    since: "24",
    happens: "Looking up an empty name succeeds without an address, and with a warning.",
    done: "An empty name is not looked up.",
    test: "finds no address for an empty name, and does not fail",
  },
  {
    id: "nameless-signals",
    since: "24",
    happens: "kill() of a process refuses signals that have no name, such as real-time ones.",
    done: "Signals are sent by process.kill().",
    test: "refuses to send signals without a name",
  },
  {
    id: "spawn-blame",
    since: "24",
    happens: "A working directory that does not exist fails as a program that does not exist.",
    done: "The directory is looked at after a failure.",
    test: "blames the program for a directory that does not exist",
  },
  {
    id: "idle-unsent",
    since: "24",
    happens: "closeIdleConnections() cuts a connection whose response was given to Node, but not to the client yet.",
    done: "The server does not close idle connections; the adapter ends each with its last response.",
    test: "cuts a connection whose response is not sent yet for an idle one",
  },
  {
    id: "connect-cuts",
    since: "24",
    happens: "A CONNECT cuts the connection, though requests before it may not be answered.",
    done: "The adapter takes such requests, and answers them in their turn.",
    test: "cuts a connection at a CONNECT before the requests before it are answered",
  },
  {
    id: "unseen-leave",
    since: "24",
    happens: "A client that leaves is not seen while much of the body of its request was not read.",
    done: "Nothing can be done: requestTimeout bounds it. docs/limits.md lists it.",
    test: "does not see a client leave while much of the body of its request was not read",
  },
  {
    id: "own-answers",
    since: "24",
    happens:
      "A request without a Host, or with an expectation that Node does not know, is answered without a word to the server.",
    done: "What takes a socket over waits for such an answer as well.",
    test: "answers a request without a Host by itself, in its turn",
  },
];
