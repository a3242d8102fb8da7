/**
 * A server on this module beside tasks that spin: `server.ts echo|http SPINNERS` prints its port. It echoes on streams, or answers `GET /` in a
 * handler that parks, so that each request needs the loop as well as the sockets.
 */
import { argv } from "node:process";
import { createTask, run, sleep, startServer, type StreamReader, type StreamWriter } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";

function* echo(reader: StreamReader, writer: StreamWriter) {
  for (;;) {
    const bytes = yield* reader.read(4_096);
    if (bytes.length === 0) break;
    writer.write(bytes);
    yield* writer.drain();
  }
  writer.close();
}

function* hello() {
  yield* sleep(0);
  return new Response("hello");
}

await run(function* () {
  for (let i = 0; i < Number(argv[3]); i++) {
    createTask(function* () {
      for (;;) yield* sleep(0);
    });
  }
  const server = argv[2] === "echo"
    ? yield* startServer(echo, "127.0.0.1", 0)
    : yield* serve(hello, { port: 0, hostname: "127.0.0.1", onListen() {} });
  console.log(server.port);
  yield* server.serveForever();
});
