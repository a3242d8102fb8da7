/**
 * What has happened on a simulated network.
 *
 * @module
 */

/**
 * What happened: to a connection, to its bytes, to a datagram, to a name, to a host or between hosts.
 *
 * @category Simulated network
 */
export type NetworkEventKind =
  | "connect"
  | "refuse"
  | "send"
  | "end"
  | "reset"
  | "lose"
  | "hold"
  | "datagram"
  | "lookup"
  | "crash"
  | "start"
  | "partition"
  | "heal"
  | "note";

/**
 * Something that has happened on a simulated network.
 *
 * @category Simulated network
 */
export interface NetworkEvent {
  /** When, in milliseconds of the network's clock. */
  readonly time: number;
  /** What happened. */
  readonly kind: NetworkEventKind;
  /** The name of the host that did it, or to which it happened. */
  readonly from: string;
  /** The name of the other host; empty if there is none. */
  readonly to: string;
  /** The rest, in words. */
  readonly text: string;
  /** When it arrives at the other host, of what is on its way; undefined for all else. */
  readonly arrives?: number | undefined;
}

/** No more than so many events are kept: the last ones. */
const MAX_EVENTS = 100_000;

/** The events of a network in their order. */
export class NetworkLog {
  #events: NetworkEvent[] = [];

  add(event: NetworkEvent): void {
    this.#events.push(event);
    if (this.#events.length >= 2 * MAX_EVENTS) this.#events = this.#events.slice(-MAX_EVENTS);
  }

  /** The last of them, a copy. */
  events(): NetworkEvent[] {
    return this.#events.slice(-MAX_EVENTS);
  }

  /** The last `count` as text, a line each. */
  text(count = MAX_EVENTS): string {
    return this.#events.slice(-count).map(formatEvent).join("\n");
  }
}

function formatEvent({ time, kind, from, to, text }: NetworkEvent): string {
  const who = to === "" ? from : `${from} -> ${to}`;
  return `${`${Number(time.toFixed(3))} ms`.padStart(12)}  ${kind.padEnd(9)} ${who}${text === "" ? "" : `: ${text}`}`;
}
