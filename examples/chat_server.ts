/**
 * A chat: every line that one client says goes to all the others. Each client has a queue of its own between what is said and what it is
 * sent. The queue is bounded: who does not read is dropped when it is full, and nobody else waits for that. Who says much is slowed down, so
 * that a queue is full only if its client is slow.
 *
 * ```sh
 * deno run --allow-net examples/chat_server.ts --port 8002
 * bun run examples/chat_server.ts --port 8002
 * node examples/chat_server.ts
 * ```
 *
 * Then, from two other terminals; the first line is the name:
 *
 * ```sh
 * socat - TCP:127.0.0.1:8002
 * ```
 *
 * `--port` is 8002 by default (0 for any free one). Ctrl-C, or SIGTERM, tells everybody and closes the server, and the program ends with code 0.
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  type Coroutine,
  Event,
  getRunningLoop,
  main,
  OSError,
  Queue,
  QueueFull,
  QueueShutDown,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  taskGroup,
  timeout,
  TimeoutError,
} from "@loop/asyncio";

/** So many lines may wait for a client. */
const QUEUED_LINES = 256;
/** So long may a line be, in bytes. With the number of lines it bounds what a client costs. */
const LONGEST_LINE = 4_096;
/** So many lines may a client say at once; then it is not listened to for so many milliseconds, in which the others hear them. */
const BURST = 64;
const PAUSE = 10;
/** Milliseconds that clients have to read what is left when the server closes. */
const GRACE = 2_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Somebody in the chat. */
class Client {
  readonly name: string;
  readonly #lines = new Queue<Uint8Array>(QUEUED_LINES);
  readonly #writer: StreamWriter;

  constructor(name: string, writer: StreamWriter) {
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
    clients.delete(this);
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

const clients = new Set<Client>();

function broadcast(text: string, from?: Client): void {
  const line = encoder.encode(`${text}\n`);
  for (const client of clients) {
    if (client !== from) client.tell(line);
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

/** One client: this task listens to it, a second one talks to it, and neither outlives the other. */
function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    writer.write(encoder.encode("Your name?\n"));
    const name = yield* readLine(reader);
    if (name === null) return;
    const client = new Client(name, writer);
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
    broadcast(`* ${name} has left`);
  } finally {
    writer.close();
  }
}

const { values } = parseArgs({ options: { port: { type: "string", default: "8002" } } });

main(function* () {
  const server = yield* startServer(serve, "127.0.0.1", Number(values.port), { limit: LONGEST_LINE });
  const stop = new Event();
  for (const signal of ["SIGINT", "SIGTERM"]) getRunningLoop().addSignalHandler(signal, () => stop.set());
  console.log(`Listening on 127.0.0.1:${server.port}, Ctrl-C ends it.`);
  yield* stop.wait();

  server.close();
  broadcast("* the server closes");
  // One turn for the tasks that talk; then each connection closes once what was written is sent.
  yield* sleep(0);
  server.closeClients();
  try {
    yield* timeout(GRACE, () => server.waitClosed());
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    server.abortClients();
  }
});
