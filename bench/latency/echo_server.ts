/**
 * An echo server on this module's streams, beside tasks that spin: `echo_server.ts SPINNERS` prints its port.
 *
 * @module
 */
import { argv } from "node:process";
import { createTask, run, sleep, startServer } from "../../mod.ts";

await run(function* () {
  const server = yield* startServer(
    function* (reader, writer) {
      for (;;) {
        const bytes = yield* reader.read(4_096);
        if (bytes.length === 0) break;
        writer.write(bytes);
        yield* writer.drain();
      }
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  for (let i = 0; i < Number(argv[2]); i++) {
    createTask(function* () {
      for (;;) yield* sleep(0);
    });
  }
  console.log(server.port);
  yield* server.serveForever();
});
