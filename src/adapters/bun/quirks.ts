/**
 * The quirks of Bun.
 *
 * @module
 */
import type { Quirk } from "../shared/quirk.ts";

/** What Bun does otherwise than others, or than it says, and what is done about it. */
export const QUIRKS: readonly Quirk[] = [
  {
    id: "connect-refused",
    since: "1.4",
    happens: "Bun.connect calls every failure a refusal, and cannot be given up.",
    done: "node:net connects, and its socket is turned into one of Bun.",
    test: "calls every failure of a connect a refusal",
  },
  {
    id: "listen-lookup",
    since: "1.4",
    happens: "Listening on a name that does not resolve fails with another code, or with none.",
    done: "The name is looked up after a failure.",
    test: "gives the name of a server that does not resolve another code",
  },
  {
    id: "end-drops",
    since: "1.4",
    happens: "Ending a socket drops what the system does not take at once.",
    done: "Nothing is ended before all of it was taken.",
    test: "drops what does not fit when a socket ends",
  },
  {
    id: "spurious-drain",
    since: "1.4",
    happens: "A socket tells of room also when nothing was waiting for it.",
    done: "It is heeded only after a write that was not taken as a whole.",
    test: "tells of room that nobody waited for",
  },
  {
    id: "untold-end",
    since: "1.4",
    happens: "The end of the other side is not told to a side that had ended before.",
    done: "A socket that is closed without an error counts as ended by then.",
    test: "does not tell the other side's end to a side that has ended",
  },
  {
    id: "alpn-form",
    since: "1.4",
    happens: "Names for ALPN are taken in the form that TLS has on the wire, and not as a list.",
    done: "They are written in that form.",
    test: "takes no list of names for ALPN",
  },
  {
    id: "datagram-reuse-port",
    since: "1.4",
    happens: "Bun.udpSocket shares no port.",
    done: "Datagram sockets that share one are those of node:dgram.",
    test: "shares no port among its datagram sockets",
  },
  {
    id: "datagram-pause",
    since: "1.4",
    happens: "A datagram socket cannot be paused.",
    done: "What comes meanwhile is kept, up to what a system would keep.",
    test: "cannot pause a datagram socket",
  },
  {
    id: "nameless-request",
    since: "1.4",
    happens: "The URL of a request without a host is a path.",
    done: "Such a request is made anew, with the address of the server as its host.",
    test: "makes no URL for a request without a host",
  },
  {
    id: "target-host",
    since: "1.4",
    happens: "A target that is a whole URL loses its host to the header Host.",
    done: "Nothing can be done. docs/limits.md lists it.",
    test: "makes the URL of a target that is one of the header Host",
  },
  {
    id: "idle-while-busy",
    since: "1.4",
    happens: "The time of an idle connection also runs while its request is being answered.",
    done: "Bun is told not to count for a request whose answer takes its time.",
    test: "is closed when it is not used again, and not while an answer takes longer than that",
  },
  {
    id: "pipelining",
    since: "1.4",
    happens: "A connection on which a further request comes before the answer to the last one is closed.",
    done: "Nothing can be done. docs/limits.md lists it.",
    test: "ends when a further request comes before the answer to the last one",
  },
  {
    id: "half-request",
    since: "1.4",
    happens: "stop() waits for a connection that has sent half a request and may never send the rest.",
    done: "Connections are cut when no request is pending.",
    test: "waits for half a request when a server stops",
  },
  {
    id: "first-protocol",
    since: "1.4",
    happens: "A WebSocket agrees to the first protocol that its client names, if the server says nothing.",
    done: "The header that names the protocol is always set; where no protocol is chosen it is empty.",
    test: "agrees to the first protocol of a WebSocket by itself",
  },
  {
    id: "environment",
    since: "1.4",
    happens: "A process does not get the environment variables that the program has set since it started.",
    done: "The environment is always given.",
    test: "starts processes with the environment that the program had at first",
  },
  {
    id: "realtime-signals",
    since: "1.4",
    happens: "kill() of a process refuses the signals above 31.",
    done: "Those are sent by process.kill().",
    test: "refuses to send the signals above 31",
  },
  {
    id: "written-inside",
    since: "1.4",
    happens:
      "A stream of node:child_process says that it has written from inside of write(), and never that something waits.",
    done: "What write() says, what is called from inside of it, and the length that waits count together.",
    test: "calls back from inside of a write to a process",
  },
  {
    id: "spawn-blame",
    since: "1.4",
    happens: "A working directory that does not exist fails as a program that does not exist.",
    done: "The directory is looked at after a failure.",
    test: "blames the program for a working directory that does not exist",
  },
  {
    id: "address-of-the-reset",
    since: "1.4",
    happens: "The address of a client that has reset its connection is gone a turn before its request is aborted.",
    done: "A request without an address counts as answered when Bun has looked at its sockets again.",
    test: "knows no address of a client that has reset, before it aborts the request",
  },
];
