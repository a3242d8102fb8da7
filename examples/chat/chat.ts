/**
 * Who is in the chat, and what each hears.
 *
 * @module
 */
import {
  type Coroutine,
  OSError,
  Queue,
  QueueFull,
  QueueShutDown,
  sleep,
  type StreamReader,
  type StreamWriter,
  taskGroup,
} from "@loop/asyncio";

/** So many lines may wait for a client. */
const QUEUED_LINES = 256;
/** So many lines may a client say at once; then it is not listened to for so many milliseconds, in which the others hear them. */
const BURST = 64;
const PAUSE = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Somebody in the chat. */
class Client {
  readonly name: string;
  readonly #chat: Chat;
  readonly #lines = new Queue<Uint8Array>(QUEUED_LINES);
  readonly #writer: StreamWriter;

  constructor(chat: Chat, name: string, writer: StreamWriter) {
    this.#chat = chat;
    this.name = name;
    this.#writer = writer;
  }

  /** Never waits: a client whose queue is full is dropped. */
  tell(line: Uint8Array): void {
    try {
      this.#lines.putNowait(line);
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      console.log(`${this.name} is dropped: ${QUEUED_LINES} lines wait to be read.`);
      this.leave();
      // close() would wait until everything written is sent, which is what does not happen.
      this.#writer.transport.abort();
    }
  }

  /** Hears nothing more than what was said. */
  leave(): void {
    this.#chat.clients.delete(this);
    this.#lines.shutdown();
  }

  /** Sends what is said, as fast as the client reads. */
  *send(): Coroutine<void> {
    try {
      for (;;) {
        this.#writer.write(yield* this.#lines.get());
        yield* this.#writer.drain();
      }
    } catch (error) {
      // The client has left, or its connection is broken.
      if (!(error instanceof QueueShutDown || error instanceof OSError)) throw error;
    }
  }
}

/** The next line without its end. Null when there is none: the client has ended, its connection is broken, or the line too long. */
function* readLine(reader: StreamReader): Coroutine<string | null> {
  try {
    const line = yield* reader.readline();
    return line.length === 0 ? null : decoder.decode(line).trimEnd();
  } catch (error) {
    if (error instanceof OSError || error instanceof RangeError) return null;
    throw error;
  }
}

export class Chat {
  readonly clients = new Set<Client>();

  /** Tells a line to everybody, or to all but one. */
  broadcast(text: string, from?: Client): void {
    const line = encoder.encode(`${text}\n`);
    for (const client of this.clients) {
      if (client !== from) client.tell(line);
    }
  }

  /** One client: this task listens to it, a second one talks to it, and neither outlives the other. */
  *serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    try {
      writer.write(encoder.encode("Your name?\n"));
      const name = yield* readLine(reader);
      if (name === null) return;
      yield* this.#talk(new Client(this, name, writer), reader);
      this.broadcast(`* ${name} has left`);
    } finally {
      writer.close();
    }
  }

  *#talk(client: Client, reader: StreamReader): Coroutine<void> {
    const { name } = client;
    const broadcast = (text: string, from?: Client) => this.broadcast(text, from);
    const { clients } = this;
    yield* taskGroup(function* (group) {
      group.createTask(client.send(), { name: `to ${name}` });
      broadcast(`* ${name} has come`);
      clients.add(client);
      client.tell(encoder.encode(`* welcome, ${name}, clients: ${clients.size}\n`));
      try {
        for (let said = 1;; said++) {
          const text = yield* readLine(reader);
          if (text === null) break;
          broadcast(`${name}: ${text}`, client);
          // The tasks that talk get their turn before the next line fills their queues.
          yield* sleep(said % BURST === 0 ? PAUSE : 0);
        }
      } finally {
        client.leave();
      }
    });
  }
}
