/**
 * A TCP proxy: what a client sends goes to the target, and what the target answers goes back, each no faster than it is read.
 * When one side ends its half of the connection, the other side is told so and can still answer.
 *
 * ```sh
 * deno run --allow-net examples/tcp_proxy.ts 6380 127.0.0.1:6379
 * bun run examples/tcp_proxy.ts 6380 127.0.0.1:6379
 * node examples/tcp_proxy.ts 6380 127.0.0.1:6379
 * ```
 *
 * Then, with a server on the target such as `examples/redis_server.ts`:
 *
 * ```sh
 * redis-cli -p 6380 ping
 * redis-benchmark -p 6380 -t set,get -n 100000 -P 16 -q
 * ```
 *
 * LISTEN and TARGET are `PORT` or `HOST:PORT`, on 127.0.0.1 if no host is given; an IPv6 address stands in brackets. Ctrl-C closes the
 * connections, and the program ends with code 130. While one side does not read what is left for it, that takes a second Ctrl-C.
 *
 * @module
 */
import {
  type Coroutine,
  main,
  openConnection,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
  taskGroup,
  TimeoutError,
  waitFor,
} from "@loop/asyncio";
import { isPort, readArguments, refuse } from "./command_line/arguments.ts";

/** Milliseconds that the target has to take a connection. */
const PATIENCE = 10_000;

const USAGE = "tcp_proxy.ts LISTEN TARGET, each PORT or HOST:PORT.";

function parseAddress(text: string | undefined): [host: string, port: number] {
  const [, host = "127.0.0.1", port] = /^(?:\[?(.+?)\]?:)?(\d+)$/.exec(text ?? "") ?? [];
  if (port === undefined || !isPort(port)) refuse(USAGE, text === undefined ? undefined : `${text} is no address.`);
  return [host, Number(port)];
}

/** One direction. `drain` holds the reading back, and the transport then holds back who sends. */
function* forward(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.writeEof();
}

/** Both directions; the connections close when both have ended, or when one breaks. */
function* connect(
  [clientReader, clientWriter]: [StreamReader, StreamWriter],
  [targetReader, targetWriter]: [StreamReader, StreamWriter],
): Coroutine<void> {
  let whole = false;
  try {
    yield* taskGroup(function* (group) {
      const forwardOrStop = function* (reader: StreamReader, writer: StreamWriter) {
        try {
          yield* forward(reader, writer);
        } catch (error) {
          if (!(error instanceof OSError)) throw error;
          group.cancel();
        }
      };
      const there = group.createTask(forwardOrStop(clientReader, targetWriter));
      yield* forwardOrStop(targetReader, clientWriter);
      yield* there;
      whole = true;
    });
  } finally {
    for (const writer of [clientWriter, targetWriter]) {
      // A connection that broke on one side breaks on the other: a plain end would look as if everything had arrived. (Deno has no way to
      // break one, and ends it.)
      if (whole) writer.close();
      else writer.transport.abort();
    }
  }
}

const { positionals } = readArguments(USAGE, { allowPositionals: true });
const [listenHost, listenPort] = parseAddress(positionals[0]);
const [targetHost, targetPort] = parseAddress(positionals[1]);

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  let target: [StreamReader, StreamWriter];
  try {
    target = yield* waitFor(openConnection(targetHost, targetPort), PATIENCE);
  } catch (error) {
    if (!(error instanceof OSError || error instanceof TimeoutError)) throw error;
    console.error(`No connection to ${targetHost}:${targetPort}: ${error.message}`);
    writer.transport.abort();
    return;
  }
  yield* connect([reader, writer], target);
}

main(function* () {
  const server = yield* startServer(serve, listenHost, listenPort);
  console.log(`Listening on ${listenHost}:${server.port} for ${targetHost}:${targetPort}, Ctrl-C ends it.`);
  yield* server.serveForever();
});
