/**
 * One direction of a connection: what is on its way, in order.
 *
 * @module
 */
import type { Scheduled } from "./event_queue.ts";
import type { Machine } from "./machine.ts";
import type { SimulatedStream } from "./stream.ts";

/** The end of what is sent. */
const END = "end";
/** The connection is there: the first that a client sends. */
const OPEN = "open";
/** The connection is cut by the other end. */
const RESET = "reset";
/** The connection is cut by something on the way, for both ends. */
const BREAK = "break";

interface Piece {
  readonly what: Uint8Array | typeof END | typeof OPEN | typeof RESET | typeof BREAK;
  /** When it comes, if nothing is in the way. */
  readonly due: number;
}

/** The most bytes that travel as one. */
const LONGEST_PIECE = 16_384;
/** Milliseconds after which a piece that was lost is sent again; each further time takes twice as long. */
const SEND_AGAIN = 200;

/** What one end sends to the other one. */
export class Pipe {
  readonly #from: SimulatedStream;
  readonly #to: SimulatedStream;
  readonly #pieces: Piece[] = [];
  #next: Scheduled | null = null;
  /** Since when the first piece waits for a partition to heal, or for a host to be up; -1 if it does not. */
  #heldSince = -1;
  /** How many bytes were taken and are not read. */
  held = 0;

  constructor(from: SimulatedStream, to: SimulatedStream) {
    this.#from = from;
    this.#to = to;
  }

  get #world() {
    return this.#from.machine.world;
  }

  /** Sends bytes that nobody else uses. */
  send(bytes: Uint8Array): void {
    const { chance, pieces } = this.#world;
    this.held += bytes.length;
    for (let at = 0; at < bytes.length;) {
      let length = Math.min(bytes.length - at, LONGEST_PIECE);
      if (pieces && length > 1 && chance.happens(0.2)) length = chance.whole(1, length);
      this.#push(bytes.subarray(at, at + length), length);
      at += length;
    }
  }

  /** The connection is there. */
  sendOpen(): void {
    this.#push(OPEN, 0);
  }

  /** Nothing else will be sent. */
  sendEnd(): void {
    this.#push(END, 0);
  }

  /** Cuts the connection. What is on its way is dropped, unless it goes before. */
  sendReset(inOrder = false): void {
    if (!inOrder) {
      this.#pieces.length = 0;
      this.held = 0;
      this.#heldSince = -1;
      if (this.#next !== null) this.#next.run = null;
      this.#next = null;
    }
    this.#push(RESET, 0);
  }

  /** The other end has read so much. */
  read(length: number): void {
    this.held -= length;
    this.#from.hasRoom();
  }

  /** What is in the way may be gone. */
  tryAgain(): void {
    if (this.#heldSince >= 0 && this.#next === null) {
      const { queue, chance } = this.#world;
      this.#schedule(queue.now + chance.span(this.#link.latency));
    }
  }

  get #link() {
    return this.#world.link(this.#from.machine, this.#to.machine);
  }

  #push(what: Piece["what"], length: number): void {
    const world = this.#world;
    const { queue, chance } = world;
    const link = this.#link;
    let due = world.sentAt(this.#from.machine, this.#to.machine, length) + chance.span(link.latency);
    if (what !== RESET) {
      for (let wait = SEND_AGAIN; chance.happens(link.loss) && wait < 60_000; wait *= 2) due += wait;
      if (chance.happens(link.reset)) what = BREAK;
    }
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.due > due) due = last.due;
    this.#log(what, due);
    this.#pieces.push({ what, due });
    if (this.#pieces.length === 1) this.#schedule(Math.max(due, queue.now));
  }

  #log(what: Piece["what"], due: number): void {
    const [from, to] = [this.#from.machine, this.#to.machine];
    if (what === OPEN) return;
    const kind = what === BREAK ? RESET : typeof what === "string" ? what : "send";
    const text = typeof what === "string" ? this.#from.name : `${this.#from.name}, ${what.length} bytes`;
    this.#world.note(kind, from, to, text, due);
  }

  #schedule(when: number): void {
    this.#next = this.#world.queue.at(when, this.#onArrival);
  }

  readonly #onArrival = (): void => {
    this.#next = null;
    const [piece] = this.#pieces;
    if (piece === undefined) return;
    const [from, to] = [this.#from.machine, this.#to.machine];
    if (!this.#world.reaches(from, to)) return this.#hold(piece, to);
    this.#heldSince = -1;
    this.#world.released(this);
    this.#pieces.shift();
    const [following] = this.#pieces;
    if (following !== undefined) this.#schedule(Math.max(following.due, this.#world.queue.now));
    this.#arrived(piece);
  };

  /** It waits. What cuts a connection is never sent again, nor is anything by who is not there any more. */
  #hold(piece: Piece, to: Machine): void {
    const world = this.#world;
    if (piece.what === RESET || !this.#from.isThere) {
      world.note("lose", this.#from.machine, to, this.#from.name);
      this.#pieces.length = 0;
      return;
    }
    world.held(this);
    if (this.#heldSince >= 0) return;
    const { queue, sendTimeout } = world;
    this.#heldSince = queue.now;
    world.note("hold", this.#from.machine, to, this.#from.name);
    const since = this.#heldSince;
    queue.after(sendTimeout, () => {
      if (this.#heldSince !== since) return;
      world.released(this);
      this.#pieces.length = 0;
      this.#from.fail("ETIMEDOUT");
    });
  }

  #arrived(piece: Piece): void {
    const { what } = piece;
    const to = this.#to;
    if (what === RESET) to.fail("ECONNRESET");
    else if (what === BREAK) this.#break();
    else if (!to.isThere) this.#refuse(piece);
    else if (what === OPEN) to.opened();
    else if (what === END) to.receiveEnd();
    else if (!to.receive(what)) this.#refuse(piece);
  }

  #break(): void {
    this.#from.fail("ECONNRESET");
    this.#to.fail("ECONNRESET");
  }

  /** Nobody knows the connection there, or wants its bytes. What cannot be told is sent again once it can. */
  #refuse(piece: Piece): void {
    const world = this.#world;
    const [from, to] = [this.#from.machine, this.#to.machine];
    world.queue.after(world.chance.span(world.link(to, from).latency), () => {
      if (world.reaches(to, from)) return this.#from.fail("ECONNRESET");
      this.#pieces.unshift(piece);
      if (this.#next !== null) this.#next.run = null;
      this.#next = null;
      this.#hold(piece, to);
    });
  }
}
