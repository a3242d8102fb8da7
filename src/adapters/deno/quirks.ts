/**
 * The quirks of Deno.
 *
 * @module
 */
import type { Quirk } from "../shared/quirk.ts";

/** What Deno does otherwise than others, or than it says, and what is done about it. */
export const QUIRKS: readonly Quirk[] = [
  {
    id: "late-timers",
    since: "2.9",
    happens: "A timer fires a millisecond and a little later than it was asked to.",
    done: "The adapter asks for one millisecond less. The loop sets a timer again that fired a fraction too early.",
    test: "setTimer() calls back once, whatever the fraction of its delay",
  },
  {
    id: "dear-timers",
    since: "2.9",
    happens: "Reading setTimeout for the first time loads all timers, which takes longer than loading the adapter.",
    done: "The module remembers the getters when it is loaded, and calls them when a timer is first used.",
    test: "loads its timers when one is first read",
  },
  {
    id: "rare-polls",
    since: "2.9",
    happens: "As long as immediates are ready, sockets are looked at in one of 61 turns.",
    done: "When the last look is some milliseconds old, a hop goes through 61 empty turns.",
    test: "looks at its sockets in one of 61 turns while something is ready",
  },
  {
    id: "eager-pipes",
    since: "2.9",
    happens: "What comes to a pipe within two turns after a read of it is read with no look at anything else.",
    done: "Where it is to have Deno look at its sockets, it is written to after two turns.",
    test: "reads a pipe again without looking at its sockets",
  },
  {
    id: "dear-storage",
    since: "2.9",
    happens: "A call in AsyncLocalStorage costs many times as much as the two functions of Deno that it is made of.",
    done: "These are called directly, if they are there and do what is expected of them.",
    test: "has the functions that AsyncLocalStorage is made of",
  },
  {
    id: "lost-connection",
    since: "2.9",
    happens: "A connect that is aborted in the moment in which it succeeds leaves its connection open for good.",
    done:
      "The signal that Deno is given does not throw when Deno asks it at the end, so that the connection is there to be closed.",
    test: "leaves nothing open of many that are given up, some of them in the moment in which they succeed",
  },
  {
    id: "nameless-lookup-error",
    since: "2.9",
    happens: "A name that does not resolve is an error without a code.",
    done: "The code ENOTFOUND is read off its message.",
    test: "gives a failed lookup no code",
  },
  {
    id: "reuse-port-flag",
    since: "2.9",
    happens: "Asking for a shared port without the flag --unstable-net ends the program, and nobody can catch that.",
    done: "Sockets that share a port are those of node:net, which need no flag; serve() refuses it.",
    test: "ends the program that asks for a shared port without its flag",
  },
  {
    id: "loading-turns",
    since: "2.9",
    happens:
      "Whoever loads a module of Node's for the first time has the microtasks that wait run in the middle of that call.",
    done: "The selector loads what it needs before it begins with anything.",
    test: "runs microtasks while it loads a module of Node's",
  },
  {
    id: "datagram-flag",
    since: "2.9",
    happens: "Deno.listenDatagram exists with the flag --unstable-net only.",
    done: "Datagrams are those of node:dgram.",
    test: "has no datagrams without its flag",
  },
  {
    id: "datagram-order",
    since: "2.9",
    happens: "node:dgram sends in another order than it was asked to.",
    done: "One datagram is handed over when the one before has been sent.",
    test: "sends datagrams in any order",
  },
  {
    id: "datagram-strangers",
    since: "2.9",
    happens: "A connected socket of node:dgram hears everybody.",
    done: "What comes from somebody else is dropped.",
    test: "lets a connected datagram socket hear everybody",
  },
  {
    id: "datagram-reuse-port",
    since: "2.9",
    happens: "node:dgram does not heed reusePort.",
    done: "It is asked for reuseAddr as well, which lets sockets share a port there.",
    test: "does not heed reusePort of node:dgram",
  },
  {
    id: "broadcast-code",
    since: "2.9",
    happens: "A broadcast that the socket is not allowed fails with the code UNKNOWN.",
    done: "It is taken for EACCES where the socket may not broadcast.",
    test: "gives a broadcast that is not allowed no code of its own",
  },
  {
    id: "foreign-local-address",
    since: "2.9",
    happens: "A connect from an address of another machine fails with EINVAL.",
    done: "It is taken for EADDRNOTAVAIL.",
    test: "says EINVAL of a local address that is another machine's",
  },
  {
    id: "undefined-message",
    since: "2.9",
    happens: "A message that is undefined arrives as null.",
    done: "An undefined result of a thread travels in an array.",
    test: "makes null of a message that is undefined",
  },
  {
    id: "unknown-signal-number",
    since: "2.9",
    happens: "The status of a process that a real-time signal has ended rejects.",
    done: "The number of the signal is read off the message.",
    test: "does not know the signals above 31",
  },
  {
    id: "kill-after-end",
    since: "2.9",
    happens: "A signal to a process that has ended is a TypeError, as one that the system does not know is.",
    done: "The two are told apart by the message.",
    test: "refuses a signal to a process that has ended by a TypeError",
  },
  {
    id: "cwd-code",
    since: "2.9",
    happens: "A working directory that is a file is reported as ENOENT.",
    done: "ENOTDIR is read off the message.",
    test: "says ENOENT of a working directory that is a file",
  },
  {
    id: "kind-of-servers-path",
    since: "2.9",
    happens: "The client of a server on a Unix socket is said to have the path of the server.",
    done: "The address of such a client is the empty path, as its own socket says.",
    test: "gives the client of a Unix server the server's path",
  },
  {
    id: "late-abort",
    since: "2.9",
    happens: "The signal of a request also aborts after its response was sent well, unless Deno has a flag.",
    done: "The adapter stops watching a request before its response is handed over.",
    test: "aborts the signal of a request that was answered",
  },
  {
    id: "own-connections",
    since: "2.9",
    happens: "Deno.serve knows none of its connections, so it has no limits for them.",
    done: "The adapter listens itself and puts HTTP on each connection by a function of Deno's inside.",
    test: "lets the adapter have its connections one by one, in the version that the tests run on",
  },
  {
    id: "served-once",
    since: "2.9",
    happens: "Deno.serve ends for good when the process has no file for a connection.",
    done: "The adapter listens itself, or else calls Deno.serve again after a while.",
    test: "ends Deno.serve() for ever when there is no file for a connection",
  },
  {
    id: "deaf-after-emfile",
    since: "2.9",
    happens:
      "A server of node:net accepts nothing more once the process had no file for a connection, and tells nobody.",
    done: "It is told to listen again from time to time, and when a connection has closed.",
    test: "goes on after there were too many open files, which Deno tells nobody of",
  },
  {
    id: "stack-needs-file",
    since: "2.9",
    happens: "Showing an error for the first time opens a file, and where that cannot be had the process ends.",
    done: "Errors that report too many open files are shown once before there are, and no frames are read of others.",
    test: "ends itself when it shows an error for the first time without a file for that",
  },
  {
    id: "upgrade-after-reset",
    since: "2.9",
    happens:
      "A request for a WebSocket whose client has reset its connection keeps that connection when it is answered.",
    done: "The connection is looked at before the answer.",
    test: "keeps the connection of a client that has reset it right after it asked for a WebSocket",
  },
  {
    id: "pings-outlive",
    since: "2.9",
    happens: "The timer of the pings of a WebSocket stays when its client has left without a word.",
    done: "It is ended by what Deno keeps on the socket.",
    test: "keeps the timer of a WebSocket's pings when the client has left without a word",
  },
  {
    id: "tls-given-up",
    since: "2.9",
    happens: "A connection of Deno.listenTls whose handshake was given up stays open as long as the client likes.",
    done: "TLS on sockets is node:tls.",
    test: "keeps the connection of a TLS handshake that was given up",
  },
  {
    id: "unseen-leave",
    since: "2.9",
    happens: "A client that leaves is not seen while the body of its request was not read.",
    done: "Nothing can be done: requestTimeout bounds it. docs/limits.md lists it.",
    test: "does not see a client leave while the body of its request was not read",
  },
  {
    id: "unseen-cancel",
    since: "2.9",
    happens: "The signal of a request over HTTP/2 does not abort if the client had left before anybody asked for it.",
    done: "Such a request, which no header tells the host of, is watched before the host goes on.",
    test: "does not abort the signal of a request over HTTP/2 that is asked for late",
  },
  {
    id: "body-of-head",
    since: "2.9",
    happens: "The answer to HEAD is sent with its body over HTTP/2.",
    done: "Such an answer is given a head that says the length, and no body.",
    test: "sends the body of an answer to HEAD over HTTP/2",
  },
  {
    id: "cut-upload",
    since: "2.9",
    happens: "An upload over HTTP/2 that its client breaks off ends as if it were whole.",
    done: "What is read is compared with the length that was announced.",
    test: "takes an upload over HTTP/2 that its client breaks off for whole",
  },
  {
    id: "spinning-worker",
    since: "2.9",
    happens: "A worker that is terminated in a loop without end spins on until the process ends.",
    done: "Another takes its place. docs/limits.md lists it.",
    test: "spins on until the process ends",
  },
  {
    id: "unread-upload",
    since: "2.9",
    happens: "What is not read of an upload closes its connection, or leaves it standing for good.",
    done:
      "The stream of the upload is cancelled before the answer is given, unless somebody else keeps a reader of it.",
    test: "leaves a connection standing whose last upload was read in part",
  },
  {
    id: "close-awaits-upload",
    since: "2.9",
    happens:
      "A connection that is closed in order stays open until its client has sent all of its last upload, or leaves.",
    done: "Nothing can be done: it cannot be cut then, and keeps the process alive. docs/limits.md lists it.",
    test: "does not end a connection that is closed in order while its client has not sent all of an upload",
  },
  {
    id: "deaf-web-socket",
    since: "2.9",
    happens:
      "The pings of a WebSocket wait behind what is to be sent, so that one whose client reads nothing goes on for ever.",
    done: "One of which nothing was sent for the time of a heartbeat is cut.",
    test: "does not find out that a client of a WebSocket takes nothing while something is to be sent",
  },
  {
    id: "cut-web-socket",
    since: "2.9",
    happens:
      "A WebSocket that was cut says that it is open until its end is told. The process ends when more is sent by it then, or when it is asked what it keeps.",
    done: "It is not touched any more.",
    test: "ends itself when a WebSocket that was cut is asked what it keeps",
  },
];
