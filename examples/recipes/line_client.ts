/**
 * A client of a line protocol that reconnects: one question a line, one answer a line. When the connection breaks, it connects again, after a
 * pause that grows, and asks once more what was not answered. Ask only what may be asked twice.
 *
 * @module
 */
import { type Coroutine, createTask, type Future, getRunningLoop, IncompleteReadError } from "@loop/asyncio";
import { openConnection, OSError, Queue, run, sleep, startServer, use } from "@loop/asyncio";

type Question = readonly [text: string, answer: Future<string>];
/** Asks what comes out of the queue, until it is cancelled. */
export function* ask(questions: Queue<Question>, host: string, port: number): Coroutine<never> {
  let asked: Question | null = null;
  for (let pause = 10;; pause = Math.min(2 * pause, 5_000)) {
    try {
      const [reader, writer] = yield* openConnection(host, port);
      yield* use(writer, function* (): Coroutine<never> {
        for (;;) {
          asked ??= yield* questions.get();
          writer.write(new TextEncoder().encode(`${asked[0]}\n`));
          const line = yield* reader.readuntil("\n");
          if (!asked[1].done()) asked[1].setResult(new TextDecoder().decode(line).trimEnd());
          asked = null;
          pause = 10;
        }
      });
    } catch (error) {
      if (!(error instanceof OSError || error instanceof IncompleteReadError)) throw error;
    }
    yield* sleep(Math.random() * pause);
  }
}

export function* demo(): Coroutine<void> {
  // It breaks every connection after two answers.
  const server = yield* startServer(
    function* (reader, writer) {
      for (let i = 0; i < 2; i++) writer.write(yield* reader.readline());
      writer.close();
    },
    "127.0.0.1",
    0,
  );
  yield* use(server, function* () {
    const questions = new Queue<Question>();
    const client = createTask(ask(questions, "127.0.0.1", server.port));
    for (const text of ["one", "two", "three", "four", "five"]) {
      const answer = getRunningLoop().createFuture<string>();
      questions.putNowait([text, answer]);
      console.log(yield* answer);
    }
    client.cancel();
  });
}

if (import.meta.main) await run(demo);
