/**
 * Connecting, serving, talking and closing on a simulated network, cancelled everywhere and in many orders: no socket is left, whatever happens.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import {
  type Coroutine,
  DatagramProtocol,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  type Server,
  sleep,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { cancelEverywhere, explore, SimulatedNetwork } from "../../src/testing/mod.ts";
import { serve } from "../../src/http/mod.ts";
import { LOCALHOST } from "../contract/certificates.ts";

const SEEDS = Number(process.env["SIMULATION_SEEDS"] ?? 100);
const LINE = new TextEncoder().encode("hello\n");

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    for (;;) {
      const line = yield* reader.readline();
      if (line.length === 0) break;
      writer.write(line);
      yield* writer.drain();
    }
  } finally {
    writer.close();
  }
}

/** Over TLS a connection that closes waits for the other side's goodbye, also when nobody waits for that: so it is aborted there. */
function* talk([reader, writer]: readonly [StreamReader, StreamWriter], isSecure = false): Coroutine<void> {
  try {
    for (let i = 0; i < 2; i++) {
      writer.write(LINE);
      yield* writer.drain();
      assertEquals(yield* reader.readline(), LINE);
    }
  } finally {
    if (isSecure) writer.transport.abort();
    else writer.close();
    yield* writer.waitClosed();
  }
}

/** Ends a server and its connections. */
function* end(server: Server): Coroutine<void> {
  server.close();
  server.abortClients();
  yield* server.waitClosed();
}

const programs: Record<string, () => Coroutine<void>> = {
  *"TCP"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    try {
      yield* talk(yield* openConnection("127.0.0.1", server.port));
    } finally {
      yield* end(server);
    }
  },
  *"a name with two addresses, by a race"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    try {
      yield* talk(yield* openConnection("localhost", server.port, { happyEyeballsDelay: 1 }));
    } finally {
      yield* end(server);
    }
  },
  *"TLS"() {
    const server = yield* startServer(echo, "127.0.0.1", 0, { ssl: LOCALHOST });
    try {
      yield* talk(yield* openConnection("127.0.0.1", server.port, { ssl: true, serverHostname: "localhost" }), true);
    } finally {
      yield* end(server);
    }
  },
  *"Unix sockets"() {
    const server = yield* startUnixServer(echo, "/run/echo");
    try {
      yield* talk(yield* openUnixConnection("/run/echo"));
    } finally {
      yield* end(server);
    }
  },
  *"datagrams"() {
    const loop = getRunningLoop();
    const [transport] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), {
      localAddr: ["127.0.0.1", 9],
    });
    try {
      const [other] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), {
        remoteAddr: ["127.0.0.1", 9],
      });
      try {
        other.sendto(LINE);
        yield* sleep(5);
      } finally {
        other.close();
      }
    } finally {
      transport.close();
    }
    yield* sleep(1);
  },
  *"HTTP"() {
    const server = yield* serve(() => new Response("hello"), { port: 0, hostname: "127.0.0.1", gracePeriod: 0 });
    try {
      const { addr } = server;
      const [reader, writer] = yield* openConnection("127.0.0.1", addr.transport === "tcp" ? addr.port : 0);
      try {
        writer.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        yield* reader.readuntil(new TextEncoder().encode("hello"));
      } finally {
        writer.close();
        yield* writer.waitClosed();
      }
    } finally {
      server.close();
      yield* server.waitClosed();
    }
  },
  *"a connection that is given up"() {
    const server = yield* startServer(echo, "127.0.0.1", 0);
    try {
      yield* timeout(1, function* () {
        yield* talk(yield* openConnection("127.0.0.1", server.port));
      });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    } finally {
      yield* end(server);
    }
  },
};

describe("On a simulated network", () => {
  for (const [name, program] of Object.entries(programs)) {
    // A server whose end nobody waits for any more goes on to end.
    const ignore = name === "HTTP";
    it(`${name} leaves no socket, wherever it is cancelled`, { ignore }, async () => {
      for (const seed of [1, 2, 3]) {
        let network = new SimulatedNetwork();
        await cancelEverywhere(program, {
          seed,
          network: (seed) => network = new SimulatedNetwork({ seed }),
          check: () => assertEquals(network.main.openSockets, 0),
          mayReturn: name === "a connection that is given up",
        });
      }
    });

    it(`${name} leaves no socket, in any order`, async () => {
      let network = new SimulatedNetwork();
      await explore(function* () {
        yield* program();
        yield* sleep(1_000);
        assertEquals(network.main.openSockets, 0);
      }, { seeds: SEEDS, network: (seed) => network = new SimulatedNetwork({ seed, buffer: 64 + seed }) });
    });
  }
});
