/**
 * The states of a connection: what it is as a whole, what each side of it is, and which event makes what of them. Nothing else of a
 * transport remembers how far it has come.
 *
 * @module
 */

/** Each part of the state, with what it can be. The first of each list is what a new connection is. */
export interface ConnectionParts {
  /**
   * The connection as a whole. *Connecting*: nobody has it yet. *Open*: both sides may send. *Ending*: the protocol has called `writeEof()`.
   * *Closing*: nothing is read any more, and the connection goes once everything is sent. *Lost*: the protocol was told so, or will be in the next
   * iteration; of all others (an upgrade to TLS, the end of the loop) nobody is told.
   */
  phase: "connecting" | "open" | "ending" | "closing" | "lost";
  /** What the protocol gets. *Unstarted*: nothing yet. *Ended*: it was told that the other side has ended. *Stopped*: nothing any more. */
  reading: "unstarted" | "reading" | "ended" | "stopped";
  /** What the host takes. *Ended*: it was notified of this side's end, over TLS by the goodbye; nothing can follow. */
  writing: "open" | "ended";
  /** Who writes. While a file is sent everything else would stand in the middle of it; TLS on top keeps the connection for good. */
  writer: "protocol" | "file" | "TLS";
  /** What the host has reported of the other side. *Gone*: the socket is, by whomever. */
  peer: "sending" | "ended" | "gone";
  /** What the program itself has said first of its end. Whoever writes after that is wrong; others cannot know what has happened. */
  said: "nothing" | "writeEof" | "close";
  /** How the host's socket goes: closed after what was sent, or aborted. */
  manner: "in order" | "abruptly";
}

/** From each value that the event can meet to what it makes of it. */
type Row<Value extends string> = Readonly<Partial<Record<Value, Value>>>;
type Effects = { readonly [Part in keyof ConnectionParts]?: Row<ConnectionParts[Part]> };

const CLOSES = { connecting: "closing", open: "closing", ending: "closing" } as const;
const LOSES = { connecting: "lost", open: "lost", ending: "lost", closing: "lost" } as const;
const STOPS = { unstarted: "stopped", reading: "stopped", ended: "stopped", stopped: "stopped" } as const;

/**
 * What each event makes of the parts. It counts only where every part that it names has a value that it can meet, and changes nothing
 * otherwise.
 */
export const EVENTS = {
  /** A protocol gets the connection. */
  begin: { phase: { connecting: "open" } },
  /** The protocol knows it: what has come can be given to it. */
  startReading: { reading: { unstarted: "reading" } },
  /** `writeEof()`. */
  endWriting: { phase: { open: "ending" }, writer: { protocol: "protocol" }, said: { nothing: "writeEof" } },
  /** The program has called `close()`, whatever became of the connection. */
  askToClose: { said: { nothing: "close" } },
  /** Nothing is read any more; what was written is sent. */
  close: { phase: CLOSES, reading: STOPS },
  /** The host was told that this side has ended. */
  sendEnd: { writing: { open: "ended" } },
  /** `sendfile()` begins. */
  beginFile: { phase: { open: "open" }, writer: { protocol: "file" } },
  /** The file is sent, or will not be. */
  endFile: { writer: { file: "protocol" } },
  /** The host tells that the other side has ended. */
  peerEnds: { peer: { sending: "ended" } },
  /** The protocol is told so. */
  tellEnd: { reading: { reading: "ended" } },
  /** The host tells that the socket is gone. */
  hostGoes: { peer: { sending: "gone", ended: "gone" } },
  /** TLS on top takes the connection over. */
  handOver: { phase: LOSES, reading: STOPS, writer: { protocol: "TLS", file: "TLS" } },
  /** Everything is sent, or the host's socket has gone by itself: it is over. */
  lose: { phase: LOSES, reading: STOPS },
  /** It is aborted here, or takes too long: what is left to send is dropped. */
  break: { phase: LOSES, reading: STOPS, manner: { "in order": "abruptly" } },
  /** TLS could not take it over. */
  failHandshake: { phase: { lost: "lost" }, writer: { TLS: "TLS" }, manner: { "in order": "abruptly" } },
} as const satisfies Readonly<Record<string, Effects>>;

/** What can happen to a connection. */
export type ConnectionEvent = keyof typeof EVENTS;

/** How far a connection has come. */
export class ConnectionState implements Readonly<ConnectionParts> {
  /** The connection as a whole. */
  phase: ConnectionParts["phase"] = "connecting";
  /** What the protocol gets. */
  reading: ConnectionParts["reading"] = "unstarted";
  /** What the host takes. */
  writing: ConnectionParts["writing"] = "open";
  /** Who writes. */
  writer: ConnectionParts["writer"] = "protocol";
  /** What is known of the other side. */
  peer: ConnectionParts["peer"] = "sending";
  /** What the program has said of its end. */
  said: ConnectionParts["said"] = "nothing";
  /** How the socket goes. */
  manner: ConnectionParts["manner"] = "in order";

  // What follows from the parts, and is asked with every piece of data. A boolean is told apart faster than a word.

  /** Whether the protocol may write without another question. */
  writable = true;
  /** Whether the protocol gets data. */
  receives = false;
  /** Whether nothing is read any more. */
  stopped = false;
  /** Whether the host's socket is gone. */
  gone = false;
  /** Whether the connection is closing, or lost. */
  closing = false;
  /** Whether it is lost. */
  lost = false;

  /** Lets an event count where it can; returns whether it does. */
  move(event: ConnectionEvent): boolean {
    const effects: Effects = EVENTS[event];
    const parts = this as Record<string, unknown>;
    for (const part in effects) {
      if ((effects as Record<string, Row<string>>)[part]![parts[part] as string] === undefined) return false;
    }
    for (const part in effects) parts[part] = (effects as Record<string, Row<string>>)[part]![parts[part] as string];
    this.#follow();
    return true;
  }

  #follow(): void {
    const { phase, reading, writer, peer } = this;
    this.writable = writer === "protocol" && (phase === "open" || phase === "connecting");
    this.receives = reading === "reading";
    this.stopped = reading === "stopped";
    this.gone = peer === "gone";
    this.lost = phase === "lost";
    this.closing = this.lost || phase === "closing";
  }
}
