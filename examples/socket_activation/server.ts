/**
 * An echo server that is started by its first client: systemd opens the port, and passes it on ("socket activation"). While nobody connects nothing
 * runs, and the port is there also while the program is exchanged.
 *
 * ```sh
 * systemd-socket-activate -l 127.0.0.1:8004 bun run examples/socket_activation/server.ts
 * systemd-socket-activate -l 127.0.0.1:8004 deno run --allow-net --allow-env=LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES \
 *   examples/socket_activation/server.ts --idle 10
 * ```
 *
 * Then, from another terminal:
 *
 * ```sh
 * echo hello | socat - TCP:127.0.0.1:8004
 * ```
 *
 * `echo.socket` and `echo.service` beside it are the same for good. `--idle` is after how many seconds without a client the program ends; 30 by
 * default. systemd starts it again for the next one. Without systemd it listens on port 8004.
 *
 * @module
 */
import {
  type Coroutine,
  Event,
  main,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
  TimeoutError,
  use,
  waitFor,
} from "@loop/asyncio";
import { listenFds } from "@loop/asyncio/selector";
import { readArguments } from "../command_line/arguments.ts";

const { values } = readArguments("server.ts [--idle SECONDS]", {
  options: { idle: { type: "string", default: "30" } },
});
const idle = Number(values.idle) * 1_000;

main(function* () {
  const came = new Event();
  let clients = 0;
  function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    clients++;
    came.set();
    try {
      for (let data; (data = yield* reader.read(65_536)).length > 0;) {
        writer.write(data);
        yield* writer.drain();
      }
    } catch (error) {
      // A client that breaks the connection is no fault of the server.
      if (!(error instanceof OSError)) throw error;
    } finally {
      clients--;
      came.set();
      writer.close();
    }
  }

  const [socket] = listenFds();
  const starting = socket === undefined
    ? startServer(echo, "127.0.0.1", 8004)
    : startServer(echo, null, 0, { fd: socket.fd });
  yield* use(yield* starting, function* (server) {
    console.log(
      `Listening on port ${server.port}${socket === undefined ? "" : `, which is "${socket.name}" of systemd`}.`,
    );
    for (;;) {
      came.clear();
      try {
        yield* waitFor(came.wait(), idle);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        if (clients === 0) break;
      }
    }
  });
  console.log("Nobody has come for a while.");
});
