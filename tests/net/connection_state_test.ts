import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Coroutine, type EventLoop, OSError, type Transport } from "../../mod.ts";
import { type ConnectionEvent, type ConnectionParts, ConnectionState, EVENTS } from "../../src/net/connection_state.ts";
import type { SocketTransport } from "../../src/net/socket_transport.ts";
import { type Connected, connected } from "./connected.ts";
import type { FakeNet } from "./fake_net.ts";
import { playNet, settle } from "./play_net.ts";

const PARTS = ["phase", "reading", "writing", "writer", "peer", "said", "manner"] as const;
const NAMES = Object.keys(EVENTS) as ConnectionEvent[];

const textOf = (state: ConnectionParts): string => PARTS.map((part) => state[part]).join(", ");

/** A step from one state to another. */
interface Step {
  readonly from: ConnectionState;
  readonly event: ConnectionEvent;
  readonly to: ConnectionState;
}

/** Every step that the table allows, from a new connection on. */
function walk(): Step[] {
  const steps: Step[] = [];
  const seen = new Map([[textOf(new ConnectionState()), new ConnectionState()]]);
  for (const from of seen.values()) {
    for (const event of NAMES) {
      const to = Object.assign(new ConnectionState(), from);
      if (!to.move(event)) {
        assertEquals(textOf(to), textOf(from), `${event} did not count and changed something`);
        continue;
      }
      steps.push({ from, event, to });
      if (!seen.has(textOf(to))) seen.set(textOf(to), to);
    }
  }
  return steps;
}

describe("The table of a connection's states", () => {
  const steps = walk();
  const states = [new ConnectionState(), ...steps.map(({ to }) => to)];

  it("knows these ways from phase to phase, and none back", () => {
    const ways = new Set(
      steps.filter(({ from, to }) => from.phase !== to.phase).map(({ from, event, to }) =>
        `${from.phase} -${event}-> ${to.phase}`
      ),
    );
    const losses = (phase: string) => ["handOver", "lose", "break"].map((event) => `${phase} -${event}-> lost`);
    assertEquals(
      [...ways].sort(),
      [
        "connecting -begin-> open",
        "connecting -close-> closing",
        "open -endWriting-> ending",
        "open -close-> closing",
        "ending -close-> closing",
        ...["connecting", "open", "ending", "closing"].flatMap(losses),
      ].sort(),
    );
  });

  it("reaches everything that a part can be, by events of which each counts somewhere", () => {
    const reached = (part: keyof ConnectionParts) => [...new Set(states.map((state) => state[part]))].sort();
    assertEquals(reached("phase"), ["closing", "connecting", "ending", "lost", "open"]);
    assertEquals(reached("reading"), ["ended", "reading", "stopped", "unstarted"]);
    assertEquals(reached("writing"), ["ended", "open"]);
    assertEquals(reached("writer"), ["TLS", "file", "protocol"]);
    assertEquals(reached("peer"), ["ended", "gone", "sending"]);
    assertEquals(reached("said"), ["close", "nothing", "writeEof"]);
    assertEquals(reached("manner"), ["abruptly", "in order"]);
    assertEquals([...new Set(steps.map(({ event }) => event))].sort(), NAMES.toSorted());
  });

  it("stops reading where nothing is read any more, and nowhere else", () => {
    for (const state of states) {
      assertEquals(state.reading === "stopped", state.closing, textOf(state));
      assertEquals(state.lost, state.phase === "lost");
    }
  });

  it("lets the protocol write without a question while the connection is its own", () => {
    for (const state of states) {
      const own = state.writer === "protocol" && (state.phase === "connecting" || state.phase === "open");
      assertEquals(state.writable, own, textOf(state));
    }
  });

  it("aborts the host's socket of a connection that is lost, never of another", () => {
    for (const state of states) assert(state.manner === "in order" || state.lost, textOf(state));
  });

  it("lets what the host and the program say count to the end", () => {
    for (const state of states) {
      const later = Object.assign(new ConnectionState(), state);
      assertEquals(later.move("hostGoes"), state.peer !== "gone", textOf(state));
      assertEquals(later.move("askToClose"), state.said === "nothing", textOf(state));
    }
  });
});

/** What can be done to a connection, or can befall it. */
const ACTIONS: Readonly<Record<string, (connection: Connected) => void>> = {
  write: ({ transport }) => attempt(() => transport.write(new Uint8Array(10))),
  "write much": ({ transport, near }) => {
    near.capacity = 0;
    attempt(() => transport.write(new Uint8Array(600_000)));
  },
  "make room": ({ near }) => near.makeRoom(),
  "end writing": ({ transport }) => attempt(() => transport.writeEof()),
  close: ({ transport }) => transport.close(),
  abort: ({ transport }) => transport.abort(),
  "pause reading": ({ transport }) => transport.pauseReading(),
  "resume reading": ({ transport }) => transport.resumeReading(),
  "get data": ({ server }) => attempt(() => server.transport.write(new Uint8Array(5))),
  "get the end": ({ server }) => server.transport.close(),
  "get a reset": ({ server }) => server.transport.abort(),
  break: ({ near }) => near.break(new OSError("It broke.", { code: "EIO" })),
};

/** What is wrong is refused; what a connection is in afterwards counts. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Refused.
  }
}

/** Every sequence of so many actions. */
function sequences(length: number): string[][] {
  if (length === 0) return [[]];
  return sequences(length - 1).flatMap((before) => Object.keys(ACTIONS).map((action) => [...before, action]));
}

const stateOf = (transport: Transport): ConnectionState => (transport as SocketTransport).state;

/** Looks whether a connection, the words that its protocol was told, and its state tell the same. */
function check({ transport, near }: Connected, words: readonly string[], history: string): void {
  const state = stateOf(transport);
  const where = `after ${history}: ${words.join(" ")}; ${textOf(state)}`;
  assert(/^(?:made|pause|resume|data|eof|lost)(?: (?:pause|resume|data|eof|lost))*$/.test(words.join(" ")), where);
  assert(words.filter((word) => word === "eof").length <= 1, where);
  assertEquals(words.includes("lost"), state.lost, where);
  assertEquals(words.lastIndexOf("lost") === -1 || words.at(-1) === "lost", true, where);
  assertEquals(transport.isClosing(), state.closing, where);
  if (state.reading === "ended") assert(words.includes("eof"), where);
  if (state.writing === "ended" && !state.closing) assertEquals(near.calls.includes("endWriting"), true, where);
  if (state.lost) assert(near.isClosed, where);
  if (state.peer === "gone") assert(near.isClosed, where);
}

describe("A connection", () => {
  function* tryAll(net: FakeNet, loop: EventLoop, tls: boolean, length: number): Coroutine<Set<ConnectionEvent>> {
    const counted = new Set<ConnectionEvent>();
    if (tls) net.prepare = (client) => client.tls = { alpnProtocol: null };
    const all: { connection: Connected; log: string[]; sequence: readonly string[] }[] = [];
    for (const sequence of sequences(length)) {
      const log: string[] = [];
      // Half of them keep a connection whose other side has ended.
      const keep = all.length % 2 === 0 && !tls;
      net.streams.length = 0;
      const connection = yield* connected(net, loop, log, { eof: () => keep }, { eof: () => true });
      connection.listener.close();
      all.push({ connection, log, sequence });
      const state = stateOf(connection.transport);
      const { move } = state;
      state.move = (event) => {
        const counts = move.call(state, event);
        if (counts) counted.add(event);
        return counts;
      };
    }
    for (let i = 0; i < length; i++) {
      for (const { connection, sequence } of all) ACTIONS[sequence[i]!]!(connection);
      for (let round = 0; round < 10; round++) yield* settle();
      for (const { connection, log, sequence } of all) {
        const words = log.filter((word) => word.startsWith("c.")).map((word) => word.slice(2));
        check(connection, words, `${tls ? "TLS, " : ""}${sequence.slice(0, i + 1).join(", ")}`);
      }
    }
    for (const { connection } of all) {
      connection.transport.abort();
      connection.server.transport.abort();
    }
    yield* settle();
    return counted;
  }

  for (const tls of [false, true]) {
    it(`${tls ? "over TLS " : ""}is what its protocol was told, whatever is done to it and in whatever order`, async () => {
      const counted = await playNet((net, loop) =>
        function* () {
          return yield* tryAll(net, loop, tls, 3);
        }
      );
      const expected = NAMES.filter((event) =>
        !["begin", "startReading", "beginFile", "endFile", "handOver", "failHandshake"].includes(event) &&
        !(tls && event === "endWriting")
      );
      assertEquals([...counted].filter((event) => expected.includes(event)).sort(), expected.sort());
    });
  }
});
