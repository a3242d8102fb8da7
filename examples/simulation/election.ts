/**
 * Three nodes that choose a leader, as Raft does: a node that hears of no leader asks the others for their votes in a new term, and each gives one
 * vote a term. Whoever has most of them leads, and says so again and again.
 *
 * One mistake is planted: see `Node.#vote`. With `isFixed` it is not there.
 *
 * @module
 */
import {
  forEach,
  getRunningLoop,
  Lock,
  openConnection,
  OSError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from "@loop/asyncio";

const PORT = 7_000;
/** Milliseconds between two signs of life of a leader, and for an answer. */
const BEAT = 50;
const PATIENCE = 100;
/** Milliseconds without a sign of life before a node wants to lead itself: from this on, up to twice as many. */
const SILENCE = 200;
/** Milliseconds that writing to the disk takes at most. */
const DISK = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a node remembers when it has crashed. */
export interface Disk {
  term: number;
  votedFor: string | null;
}

/** What a node is made with. */
export interface NodeOptions {
  readonly name: string;
  /** The names of the others. */
  readonly peers: readonly string[];
  readonly disk: Disk;
  /** Numbers from 0 up to 1. */
  readonly random: () => number;
  /** Told what it does, for the drawing. */
  readonly note: (text: string) => void;
  /** Called when it leads. */
  readonly leads: (name: string, term: number) => void;
  /** Whether the planted mistake is not there. */
  readonly isFixed: boolean;
}

export class Node {
  readonly #options: NodeOptions;
  readonly #lock = new Lock();
  /** When there was a sign of life, or a vote was given. */
  #heard = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  /** For as long as its host is up. */
  async run(): Promise<void> {
    await startServer((reader, writer) => this.#serve(reader, writer), "0.0.0.0", PORT);
    const { random } = this.#options;
    for (;;) {
      const patience = SILENCE * (1 + random());
      this.#heard = now();
      while (now() - this.#heard < patience) await sleep(Math.ceil(this.#heard + patience - now()));
      const term = await this.#stand();
      if (await this.#isElected(term)) await this.#lead(term);
    }
  }

  /** One question of another node. */
  async #serve(reader: StreamReader, writer: StreamWriter): Promise<void> {
    try {
      const [word, term, from] = decoder.decode(await reader.readline()).trim().split(" ");
      if (word === "vote") writer.write(encoder.encode(`${await this.#vote(Number(term), from!) ? "yes" : "no"}\n`));
      if (word === "beat") writer.write(encoder.encode(`${await this.#follow(Number(term)) ? "yes" : "no"}\n`));
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
    } finally {
      writer.close();
    }
  }

  /** Whether it gives its vote of a term to another node. */
  async #vote(term: number, candidate: string): Promise<boolean> {
    return await this.#alone(async () => {
      const { disk } = this.#options;
      if (term < disk.term) return false;
      // The mistake: between this look and the end of the write another node may ask, and be given the same vote.
      if (term === disk.term && disk.votedFor !== null && disk.votedFor !== candidate) return false;
      await this.#write({ term, votedFor: candidate });
      this.#options.note(`votes for ${candidate} in term ${term}`);
      this.#heard = now();
      return true;
    });
  }

  /** Whether it follows the leader of a term. */
  async #follow(term: number): Promise<boolean> {
    return await this.#alone(async () => {
      const { disk } = this.#options;
      if (term < disk.term) return false;
      if (term > disk.term) await this.#write({ term, votedFor: null });
      this.#heard = now();
      return true;
    });
  }

  /** Stands for the leadership in a new term, and votes for itself. */
  async #stand(): Promise<number> {
    return await this.#alone(async () => {
      const { disk, name } = this.#options;
      const term = disk.term + 1;
      await this.#write({ term, votedFor: name });
      this.#options.note(`stands in term ${term}`);
      return term;
    });
  }

  /** Asks the others for their votes. */
  async #isElected(term: number): Promise<boolean> {
    const { peers, disk } = this.#options;
    let votes = 1;
    await forEach(peers, async (peer) => {
      if (await this.#ask(peer, "vote", term)) votes++;
    });
    return disk.term === term && 2 * votes > peers.length + 1;
  }

  /** Leads until there is a newer term, or nobody follows. */
  async #lead(term: number): Promise<void> {
    const { peers, disk, name, leads } = this.#options;
    leads(name, term);
    for (let alone = 0; disk.term === term && alone < 3;) {
      let followers = 0;
      await forEach(peers, async (peer) => {
        if (await this.#ask(peer, "beat", term)) followers++;
      });
      alone = followers === 0 ? alone + 1 : 0;
      await sleep(BEAT);
    }
  }

  async #ask(peer: string, word: string, term: number): Promise<boolean> {
    try {
      return await timeout(PATIENCE, async () => {
        const [reader, writer] = await openConnection(peer, PORT);
        try {
          writer.write(encoder.encode(`${word} ${term} ${this.#options.name}\n`));
          return decoder.decode(await reader.readline()) === "yes\n";
        } finally {
          writer.close();
        }
      });
    } catch (error) {
      if (error instanceof OSError || error instanceof TimeoutError) return false;
      throw error;
    }
  }

  /** Writes to the disk, which takes a moment. */
  async #write(state: Disk): Promise<void> {
    await sleep(1 + DISK * this.#options.random());
    Object.assign(this.#options.disk, state);
  }

  /** Does something while nobody else does such a thing, if the mistake is fixed. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#options.isFixed) return await work();
    await this.#lock.acquire();
    try {
      return await work();
    } finally {
      this.#lock.release();
    }
  }
}

function now(): number {
  return getRunningLoop().time();
}
