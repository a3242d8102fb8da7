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
 * `chat/chat.ts` has the clients and what each hears.
 *
 * `--port` is 8002 by default (0 for any free one). Ctrl-C, or SIGTERM, tells everybody and closes the server, and the program ends with code 0.
 *
 * @module
 */
import { Event, getRunningLoop, main, sleep, startServer, timeout, TimeoutError } from "@loop/asyncio";
import { readArguments } from "./command_line/arguments.ts";
import { Chat } from "./chat/chat.ts";

/** So long may a line be, in bytes. With the number of lines that wait for a client it bounds what that costs. */
const LONGEST_LINE = 4_096;
/** Milliseconds that clients have to read what is left when the server closes. */
const GRACE = 2_000;

const { values } = readArguments("chat_server.ts [--port PORT]", {
  options: { port: { type: "string", default: "8002" } },
});

main(function* () {
  const chat = new Chat();
  const server = yield* startServer((reader, writer) => chat.serve(reader, writer), "127.0.0.1", Number(values.port), {
    limit: LONGEST_LINE,
  });
  const stop = new Event();
  for (const signal of ["SIGINT", "SIGTERM"]) getRunningLoop().addSignalHandler(signal, () => stop.set());
  console.log(`Listening on 127.0.0.1:${server.port}, Ctrl-C ends it.`);
  yield* stop.wait();

  server.close();
  chat.broadcast("* the server closes");
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
