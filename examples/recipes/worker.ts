/**
 * A worker with graceful shutdown. Each line that a client sends is a job. SIGTERM, or Ctrl-C, ends the listening and the connections; the jobs
 * that were accepted are still done. A second one ends the program at once. The exit code is 143, or 130 after Ctrl-C. The arguments are the port,
 * and the milliseconds that a job takes: `deno run --allow-net examples/recipes/worker.ts 8010 500`.
 *
 * @module
 */
import process from "node:process";
import { type Coroutine, forEach, main, Queue, sleep, startServer, taskGroup } from "@loop/asyncio";
const [port, time] = process.argv.slice(2).map(Number) as [number, number];

function* serve(): Coroutine<void> {
  const jobs = new Queue<string>(100);

  function* work(): Coroutine<void> {
    // It ends when the queue is shut down and empty.
    yield* forEach(jobs, function* (job) {
      yield* sleep(time);
      console.log(`done: ${job}`);
      jobs.taskDone();
    });
  }

  yield* taskGroup(function* (group) {
    for (let i = 1; i <= 2; i++) group.createTask(work, { name: `worker ${i}` });
    const server = yield* startServer(
      function* (reader, writer) {
        yield* forEach(reader, function* (line) {
          yield* jobs.put(new TextDecoder().decode(line).trim());
          writer.write(line);
        });
        writer.close();
      },
      "127.0.0.1",
      port,
    );
    console.log(`Listening on 127.0.0.1:${server.port}, as process ${process.pid}.`);
    try {
      yield* server.serveForever();
    } finally {
      // Cancelled: the server has closed, and nobody can add a job any more. The workers go on until the group ends.
      console.log(`shutting down, ${jobs.qsize()} jobs wait`);
      jobs.shutdown();
      yield* jobs.join();
      console.log("every job is done");
    }
  });
}

main(serve);
