/**
 * Protocols that write down what they are told.
 *
 * @module
 */
import { Protocol, type Transport } from "../../mod.ts";
import { text } from "./play_net.ts";

/** What a {@linkcode Recorder} does when it is told something, beside writing it down. */
export interface Reactions {
  made?(transport: Transport): void;
  data?(data: Uint8Array, transport: Transport): void;
  eof?(transport: Transport): boolean | void;
  lost?(error: Error | null): void;
  pause?(transport: Transport): void;
  resume?(transport: Transport): void;
}

/** Writes down what it is told, each word behind a prefix. */
export class Recorder extends Protocol {
  transport!: Transport;
  error: Error | null | undefined = undefined;
  received = "";
  readonly #log: string[];
  readonly #prefix: string;
  readonly #reactions: Reactions;

  constructor(log: string[] = [], prefix = "", reactions: Reactions = {}) {
    super();
    this.#log = log;
    this.#prefix = prefix;
    this.#reactions = reactions;
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.#say("made");
    this.#reactions.made?.(transport);
  }

  override dataReceived(data: Uint8Array): void {
    this.#say("data");
    this.received += text(data);
    this.#reactions.data?.(data, this.transport);
  }

  override eofReceived(): boolean | void {
    this.#say("eof");
    return this.#reactions.eof?.(this.transport);
  }

  override connectionLost(error: Error | null): void {
    this.#say("lost");
    this.error = error;
    this.#reactions.lost?.(error);
  }

  override pauseWriting(): void {
    this.#say("pause");
    this.#reactions.pause?.(this.transport);
  }

  override resumeWriting(): void {
    this.#say("resume");
    this.#reactions.resume?.(this.transport);
  }

  #say(word: string): void {
    this.#log.push(this.#prefix + word);
  }
}
