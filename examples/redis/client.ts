/**
 * One client: what it says, what it is told, and what is known of it.
 *
 * @module
 */
import {
  type Coroutine,
  OSError,
  type StreamReader,
  type StreamWriter,
  taskGroup,
  timeout,
  TimeoutError,
} from "@loop/asyncio";
import { wrongNumber } from "./command.ts";
import type { Redis } from "./redis.ts";
import { CommandError, encode, failure, Parser, ProtocolError } from "./resp.ts";
import type { Store } from "./store.ts";

/** Bytes of replies that are sent before the rest of a pipeline is worked off. */
const MOST_REPLIES = 1024 * 1024;
/** Bytes of commands that a client may send while one of its commands waits. */
const MOST_COMMANDS = 1024 * 1024;
/** Bytes of messages that may wait for a subscriber that does not read; after that it is dropped, as by Redis. */
const MOST_MESSAGES = 32 * 1024 * 1024;
/** Milliseconds for a client to read what it did wrong. */
const LINGER = 10_000;
/** What a subscriber may say. */
const WHILE_SUBSCRIBED = /^(?:subscribe|unsubscribe|ping|quit)$/;

export class Client {
  readonly redis: Redis;
  readonly id: number;
  readonly channels = new Set<string>();
  name = "";
  store: Store;
  /** Its connection closes after the reply. */
  leaving = false;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #parser = new Parser();
  #replies = "";

  constructor(redis: Redis, reader: StreamReader, writer: StreamWriter) {
    this.redis = redis;
    this.id = redis.admit(this);
    this.store = redis.stores[0] as Store;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** From its first command to its last. */
  *serve(): Coroutine<void> {
    try {
      while (!this.leaving && (yield* this.#receive())) yield* this.#answerAll();
    } catch (error) {
      // A client that breaks the connection is no fault of the server.
      if (!(error instanceof OSError)) throw error;
    } finally {
      this.redis.forget(this);
      this.#writer.close();
    }
  }

  /** Sends a message that is no reply, and does not wait. Replies are never left waiting here: they are sent before anybody else runs. */
  tell(message: string): void {
    this.#writer.write(encode(message));
    const { transport } = this.#writer;
    if (transport.getWriteBufferSize() > MOST_MESSAGES) transport.abort();
  }

  /**
   * Awaits what takes long; undefined if the client leaves meanwhile, and what was awaited is cancelled. For that the client is read from; what it
   * says is kept for later.
   */
  *whileConnected<T>(wait: () => Coroutine<T>): Coroutine<T | undefined> {
    let result: T | undefined;
    const isThere = () => this.#isThere();
    yield* taskGroup(function* (group) {
      const listener = group.createTask(function* () {
        if (!(yield* isThere())) group.cancel();
      });
      result = yield* wait();
      listener.cancel();
    });
    return result;
  }

  /** Listens until the client has said more than is kept, or has left, in whatever way. */
  *#isThere(): Coroutine<boolean> {
    try {
      while (yield* this.#receive()) {
        if (this.#parser.size > MOST_COMMANDS) return true;
      }
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.leaving = true;
    }
    return false;
  }

  /** Whether something has come; else the client has left. */
  *#receive(): Coroutine<boolean> {
    const data = yield* this.#reader.read(65_536);
    this.#parser.feed(data);
    if (data.length === 0) this.leaving = true;
    return !this.leaving;
  }

  /** Works off everything that has come: one write and one drain for all replies. */
  *#answerAll(): Coroutine<void> {
    try {
      for (let command: string[] | null; !this.leaving && (command = this.#parser.next()) !== null;) {
        yield* this.#answer(command);
        if (this.#replies.length > MOST_REPLIES) yield* this.#flush();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#replies += failure(`ERR Protocol error: ${error.message}`);
      this.leaving = true;
      yield* this.#flush();
      return yield* this.#linger();
    }
    yield* this.#flush();
  }

  /**
   * Lets go of what still comes until the client leaves: closing a connection from which not everything was read would reset it, and the
   * client, who may be in the middle of half a gigabyte, would not learn why.
   */
  *#linger(): Coroutine<void> {
    const reader = this.#reader;
    this.#writer.writeEof();
    try {
      yield* timeout(LINGER, function* () {
        while ((yield* reader.read(65_536)).length > 0);
      });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  *#answer([word, ...args]: string[]): Coroutine<void> {
    try {
      const reply = this.#find(word as string, args)(this, ...args);
      if (typeof reply === "string") {
        this.#replies += reply;
      } else {
        yield* this.#flush();
        this.#replies += yield* reply;
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#replies += failure(error.message);
    }
  }

  #find(word: string, args: readonly string[]) {
    const name = word.toLowerCase();
    const command = this.redis.commands[name];
    if (command === undefined) {
      const beginning = args.map((arg) => `'${arg.slice(0, 128)}' `).join("").slice(0, 128);
      throw new CommandError(`ERR unknown command '${word.slice(0, 128)}', with args beginning with: ${beginning}`);
    }
    const [arity, handler] = command;
    const length = args.length + 1;
    if (arity < 0 ? length < -arity : length !== arity) throw wrongNumber(name);
    if (this.channels.size > 0 && !WHILE_SUBSCRIBED.test(name)) {
      throw new CommandError(
        `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    return handler;
  }

  *#flush(): Coroutine<void> {
    if (this.#replies === "") return;
    this.#writer.write(encode(this.#replies));
    this.#replies = "";
    yield* this.#writer.drain();
  }
}
