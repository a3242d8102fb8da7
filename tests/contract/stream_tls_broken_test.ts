import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Adapter } from "../../src/adapters/adapter.ts";
import {
  type Coroutine,
  createTask,
  fromPromise,
  type Future,
  getRunningLoop,
  openConnection,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
  TlsError,
  type TlsOptions,
} from "../../mod.ts";
import { CA, CLIENT as A_CLIENT, LOCALHOST } from "./certificates.ts";
import { Meddler, type Side } from "./meddler.ts";
import { bytes, failure, play, REAL_ADAPTERS, text } from "./programs.ts";
import { PATIENCE } from "../within.ts";

/** Both ends of a session, and who stands between them. */
interface Session {
  readonly client: [StreamReader, StreamWriter];
  readonly server: [StreamReader, StreamWriter];
  readonly meddler: Meddler;
}

/** Words that are no TLS, records that nobody can have made, and an alert in the clear. */
const GARBAGE: Readonly<Record<string, Uint8Array>> = {
  "words in the clear": bytes("This is no TLS at all.\n".repeat(10)),
  "a record that nobody has sealed": new Uint8Array([23, 3, 3, 0, 32, ...new Uint8Array(32).fill(120)]),
  "a record that is too short": new Uint8Array([23, 3, 3, 0, 5, 1, 2, 3, 4, 5]),
  "an alert in the clear": new Uint8Array([21, 3, 3, 0, 2, 2, 40]),
};

/** Runs something with a session whose both ends have heard each other. */
async function meddle(
  adapter: Adapter,
  body: (session: Session) => Coroutine<void>,
  options: { readonly server?: Partial<TlsOptions>; readonly sslShutdownTimeout?: number } = {},
): Promise<void> {
  const { sslShutdownTimeout } = options;
  await play(adapter, function* () {
    yield* timeout(PATIENCE, function* () {
      const accepted: Future<[StreamReader, StreamWriter]> = getRunningLoop().createFuture();
      const server = yield* startServer(
        function (reader, writer) {
          accepted.setResult([reader, writer]);
        },
        "127.0.0.1",
        0,
        { ssl: { ...LOCALHOST, ...options.server }, sslShutdownTimeout },
      );
      const meddler = yield* fromPromise(Meddler.before(server.port));
      try {
        const client = yield* openConnection("127.0.0.1", meddler.port, {
          ssl: { ca: CA, ...A_CLIENT },
          serverHostname: "localhost",
          sslShutdownTimeout,
        });
        const session: Session = { client, server: yield* accepted, meddler };
        for (const [one, other] of [[client, session.server], [session.server, client]] as const) {
          one[1].write(bytes("hello\n"));
          assertEquals(text(yield* other[0].readline()), "hello\n");
        }
        yield* body(session);
        server.close();
        server.abortClients();
        client[1].transport.abort();
        // It ends only if what broke has ended.
        yield* server.waitClosed();
      } finally {
        meddler.close();
      }
    });
  });
}

/** Every way in which one of them hears of a session that broke. */
function* assertBroken([reader, writer]: [StreamReader, StreamWriter]): Coroutine<void> {
  const told = [
    yield* failure(reader.read(1)),
    yield* failure(reader.readline()),
    yield* failure(writer.waitClosed()),
    yield* failure(writer.drain()),
  ];
  for (const error of told) {
    assert(error instanceof TlsError, String(error));
    assertEquals(error.code, "SESSION_BROKEN");
  }
}

const SIDES: readonly Side[] = ["client", "server"];

for (const adapter of REAL_ADAPTERS) {
  describe(`A TLS session by "${adapter.name}" that breaks`, () => {
    for (const side of SIDES) {
      for (const [name, garbage] of Object.entries(GARBAGE)) {
        it(`for ${name} tells the ${side}, who waits for data, of a TlsError`, async () => {
          await meddle(adapter, function* (session) {
            const reading = createTask(failure(session[side][0].read(1)));
            session.meddler.say(garbage, side);
            assert((yield* reading) instanceof TlsError);
            yield* assertBroken(session[side]);
          });
        });
      }

      it(`for a byte that was changed on its way tells the ${side}`, async () => {
        await meddle(adapter, function* (session) {
          session.meddler.spoilNext(side);
          session[side === "client" ? "server" : "client"][1].write(bytes("a message of some length\n"));
          yield* assertBroken(session[side]);
        });
      });

      it(`while the ${side} closes it is told to waitClosed()`, async () => {
        await meddle(adapter, function* (session) {
          const [, writer] = session[side];
          session.meddler.swallow();
          writer.close();
          session.meddler.say(GARBAGE["words in the clear"]!, side);
          const error = yield* failure(writer.waitClosed());
          assert(error instanceof TlsError, String(error));
        });
      });

      it(`for a reset of the connection tells the ${side} of that, not of an end`, async () => {
        await meddle(adapter, function* (session) {
          session.meddler.reset(side);
          const error = yield* failure(session[side][0].read(1));
          assert(error instanceof OSError && !(error instanceof TlsError), String(error));
          assertEquals(error.code, "ECONNRESET");
        });
      });

      it(`does not hold the ${side} up when the other never says goodbye`, async () => {
        await meddle(adapter, function* (session) {
          session.meddler.swallow();
          const [, writer] = session[side];
          writer.write(bytes("last words"));
          writer.close();
          const error = yield* failure(writer.waitClosed());
          assert(error instanceof TimeoutError, String(error));
          assert(error.message.includes("did not say goodbye within 400 ms"), error.message);
          // Longer than a busy machine takes to send what was written.
        }, { sslShutdownTimeout: 400 });
      });

      it(`does not hold the ${side} up when the other never reads what it was sent`, async () => {
        await meddle(adapter, function* (session) {
          session.meddler.fallSilent();
          const [, writer] = session[side];
          writer.write(new Uint8Array(20_000_000));
          writer.close();
          const error = yield* failure(writer.waitClosed());
          assert(error instanceof TimeoutError, String(error));
          assert(/did not read the \d+ bytes/.test(error.message), error.message);
        }, { sslShutdownTimeout: 40 });
      });
    }

    it("since the server wants a certificate tells the client that has none, when it reads", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(() => {}, "127.0.0.1", 0, {
          ssl: { ...LOCALHOST, ca: CA, requestCert: true },
        });
        yield* timeout(PATIENCE, function* () {
          const [reader, writer] = yield* openConnection("127.0.0.1", server.port, {
            ssl: { ca: CA },
            serverHostname: "localhost",
          });
          for (const wait of [reader.read(1), writer.waitClosed()]) {
            const error = yield* failure(wait);
            assert(error instanceof TlsError, String(error));
            assertEquals(error.code, "HANDSHAKE_FAILED");
          }
        });
        server.close();
        yield* server.waitClosed();
      });
    });
  });
}
