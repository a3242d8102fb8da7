import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, type Coroutine, createTask, ExceptionGroup, OSError, Protocol, sleep } from "../../mod.ts";
import type { LookupAnswer } from "../../src/adapters/adapter.ts";
import { interleaved } from "../../src/net/connect.ts";
import { literalFamily } from "../../src/net/addresses.ts";
import { staggeredRace } from "../../src/net/staggered_race.ts";
import { failure, playNet, refusal } from "./play_net.ts";

const v4 = (address: string): LookupAnswer => ({ family: "ipv4", address });
const v6 = (address: string): LookupAnswer => ({ family: "ipv6", address });
const refused = (text: string) => new OSError(text, { code: "ECONNREFUSED" });

describe("createConnection()", () => {
  it("tries the addresses of a name one after another", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("example", [v6("2001:db8::1"), v4("192.0.2.1"), v4("127.0.0.1")]);
        net.attempts.set("2001:db8::1", { delay: 10, error: refused("a") });
        net.attempts.set("192.0.2.1", { delay: 20, error: refused("b") });
        net.attempts.set("127.0.0.1", { delay: 0 });
        const [transport] = yield* loop.createConnection(() => new Protocol(), "example", 80);
        assertEquals(net.log, ["2001:db8::1 at 0", "192.0.2.1 at 10", "127.0.0.1 at 30"]);
        transport.close();
      }
    );
  });

  it("throws the error of a single address, one for several equal ones, and all texts of different ones", async () => {
    await playNet((net, loop) =>
      function* () {
        const first = refused("the same");
        net.names.set("one", [v4("192.0.2.1")]);
        net.names.set("two", [v4("192.0.2.1"), v4("192.0.2.2")]);
        net.names.set("three", [v4("192.0.2.1"), v4("192.0.2.3")]);
        net.attempts.set("192.0.2.1", { delay: 0, error: first });
        net.attempts.set("192.0.2.2", { delay: 0, error: refused("the same") });
        net.attempts.set("192.0.2.3", { delay: 0, error: refused("another") });
        net.attempts.set("::1", { delay: 0, error: refused("the same") });
        net.attempts.set("127.0.0.1", { delay: 0, error: refused("another") });
        const connect = (host: string | null, allErrors = false) =>
          loop.createConnection(() => new Protocol(), host, 80, { allErrors });
        assertStrictEquals(yield* failure(connect("one")), first);
        assertStrictEquals(yield* failure(connect("two")), first);
        const joined = yield* failure(connect("three"));
        assert(joined instanceof OSError);
        assert(joined.message.includes("the same another"));
        const here = "Cannot connect to any address of this machine: the same another";
        for (const host of [null, ""]) assertEquals(((yield* failure(connect(host))) as Error).message, here);
        const group = yield* failure(connect("three", true));
        assert(group instanceof ExceptionGroup);
        assertEquals(group.errors.length, 2);
      }
    );
  });

  it("starts the next address beside one that does not answer, and gives the others up", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("example", [v6("2001:db8::1"), v6("2001:db8::2"), v4("192.0.2.1")]);
        net.attempts.set("2001:db8::1", { delay: Infinity });
        net.attempts.set("192.0.2.1", { delay: 100 });
        net.attempts.set("2001:db8::2", { delay: 1_000 });
        const [transport] = yield* loop.createConnection(() => new Protocol(), "example", 80, {
          happyEyeballsDelay: 250,
        });
        assertEquals((transport.getExtraInfo("peername") as { address: string }).address, "192.0.2.1");
        // The families take turns, as interleave is 1 with a delay.
        assertEquals(net.log, ["2001:db8::1 at 0", "192.0.2.1 at 250", "2001:db8::1 given up"]);
        assertEquals(loop.time(), 350);
        transport.close();
      }
    );
  });

  it("tries all addresses at once with a delay of 0", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("example", [v6("2001:db8::1"), v6("2001:db8::2"), v4("192.0.2.1")]);
        net.attempts.set("2001:db8::1", { delay: Infinity });
        net.attempts.set("2001:db8::2", { delay: 20 });
        net.attempts.set("192.0.2.1", { delay: 10 });
        const [transport] = yield* loop.createConnection(() => new Protocol(), "example", 80, {
          happyEyeballsDelay: 0,
        });
        assertEquals((transport.getExtraInfo("peername") as { address: string }).address, "192.0.2.1");
        assertEquals(net.log.slice(0, 3).map((line) => line.split(" ").at(-1)), ["0", "0", "0"]);
        yield* refusal(
          () => loop.createConnection(() => new Protocol(), "example", 80, { happyEyeballsDelay: -1 }),
          RangeError,
          "happyEyeballsDelay: -1",
        );
        transport.close();
      }
    );
  });

  it("does not wait for the delay once the address before has failed", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("example", [v6("2001:db8::1"), v4("192.0.2.1")]);
        net.attempts.set("2001:db8::1", { delay: 10, error: refused("no") });
        net.attempts.set("192.0.2.1", { delay: 10 });
        yield* loop.createConnection(() => new Protocol(), "example", 80, { happyEyeballsDelay: 250 });
        assertEquals(net.log, ["2001:db8::1 at 0", "192.0.2.1 at 10"]);
      }
    );
  });

  it("leaves nothing open when it is cancelled while attempts run", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("example", [v6("2001:db8::1"), v4("192.0.2.1")]);
        net.attempts.set("2001:db8::1", { delay: Infinity });
        net.attempts.set("192.0.2.1", { delay: Infinity });
        for (const happyEyeballsDelay of [undefined, 5]) {
          net.log.length = 0;
          const task = createTask(loop.createConnection(() => new Protocol(), "example", 80, { happyEyeballsDelay }));
          yield* sleep(10);
          const begun = net.log.length;
          task.cancel("enough");
          const error = yield* failure(task);
          assert(error instanceof CancelledError);
          assertEquals(net.log.filter((line) => line.endsWith("given up")).length, begun);
        }
        assertEquals(net.streams, []);
      }
    );
  });

  it("closes a socket that was connected when the cancel came", async () => {
    await playNet((net, loop) =>
      function* () {
        net.attempts.set("192.0.2.1", { delay: 10 });
        const task = createTask(loop.createConnection(() => new Protocol(), "192.0.2.1", 80));
        while (net.streams.length === 0) yield* sleep(1);
        task.cancel();
        yield* failure(task);
        assert(net.streams[0]!.isClosed);
      }
    );
  });

  it("closes the socket when the factory throws or gives no protocol", async () => {
    await playNet((net, loop) =>
      function* () {
        net.attempts.set("192.0.2.1", { delay: 0 });
        const thrown = yield* failure(loop.createConnection(
          () => {
            throw new RangeError("no protocol");
          },
          "192.0.2.1",
          80,
        ));
        assert(thrown instanceof RangeError);
        const wrong = yield* failure(loop.createConnection(() => ({}) as Protocol, "192.0.2.1", 80));
        assert(wrong instanceof TypeError);
        assertEquals(net.streams.length, 4);
        assert(net.streams.every((stream) => stream.isClosed));
      }
    );
  });

  it("connects from a local address of the same family", async () => {
    await playNet((net, loop) =>
      function* () {
        net.attempts.set("192.0.2.1", { delay: 0 });
        net.attempts.set("2001:db8::1", { delay: 0 });
        const [transport] = yield* loop.createConnection(() => new Protocol(), "192.0.2.1", 80, {
          localAddr: ["127.0.0.9", 0],
        });
        assertEquals((transport.getExtraInfo("sockname") as { address: string }).address, "127.0.0.9");
        const error = yield* failure(
          loop.createConnection(() => new Protocol(), "2001:db8::1", 80, { localAddr: ["127.0.0.9", 0] }),
        );
        assertEquals((error as OSError).code, "EADDRNOTAVAIL");
      }
    );
  });

  it("tells a name that does not resolve, or has no address of the family", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("four", [v4("192.0.2.1")]);
        net.names.set("none", []);
        for (const [host, family] of [["unknown", undefined], ["none", undefined], ["four", "ipv6"]] as const) {
          const error = yield* failure(loop.createConnection(() => new Protocol(), host, 80, { family }));
          assertEquals((error as OSError).code, "ENOTFOUND");
        }
      }
    );
  });

  it("refuses wrong arguments", async () => {
    await playNet((_net, loop) =>
      function* () {
        const factory = () => new Protocol();
        const connect = loop.createConnection.bind(loop) as (...args: unknown[]) => unknown;
        yield* refusal(() => connect(null, "localhost", 80), TypeError);
        yield* refusal(() => connect(factory, 5, 80), TypeError);
        yield* refusal(() => connect(factory, "localhost", "80"), TypeError);
        for (const port of [-1, 65_536, 1.5, NaN]) {
          yield* refusal(() => connect(factory, "localhost", port), RangeError);
        }
        const options = (options: unknown, type: typeof RangeError | typeof TypeError) =>
          refusal(() => connect(factory, "localhost", 80, options), type);
        yield* options({ serverHostname: "x" }, RangeError);
        yield* options({ sslHandshakeTimeout: 1 }, RangeError);
        yield* options({ sslShutdownTimeout: 1 }, RangeError);
        yield* options({ ssl: true, sslHandshakeTimeout: 0 }, RangeError);
        yield* options({ ssl: true, sslHandshakeTimeout: "1" }, TypeError);
        yield* options({ ssl: true, serverHostname: "" }, RangeError);
        yield* options({ ssl: "yes" }, TypeError);
        yield* options({ ssl: true, serverHostname: 5 }, TypeError);
        yield* options({ ssl: { cert: "x" } }, TypeError);
        yield* options({ ssl: { cert: "x", key: "y" } }, RangeError);
        yield* options({ ssl: { ca: "x" } }, RangeError);
        yield* options({ ssl: { alpnProtocols: [""] } }, RangeError);
        yield* options({ ssl: { alpnProtocols: ["x".repeat(256)] } }, RangeError);
        yield* options({ family: "ip" }, TypeError);
        yield* options({ localAddr: "x" }, TypeError);
        yield* options({ interleave: -1 }, RangeError);
        yield* refusal(() => connect(factory, null, 80, { ssl: true }), RangeError);
        const unix = loop.createUnixConnection.bind(loop) as (...args: unknown[]) => unknown;
        yield* refusal(() => unix(factory, 5), TypeError);
        yield* refusal(() => unix(factory, ""), RangeError);
        yield* refusal(() => unix(factory, "/tmp/" + "x".repeat(200)), RangeError);
        yield* refusal(() => unix(factory, "/tmp/x", { ssl: true }), RangeError);
      }
    );
  });
});

describe("getaddrinfo() and getnameinfo()", () => {
  it("give the addresses of a name, and the name of an address", async () => {
    await playNet((net, loop) =>
      function* () {
        net.names.set("example", [v6("2001:db8::1"), v4("192.0.2.1")]);
        assertEquals(yield* loop.getaddrinfo("example", 80, { family: "ipv4" }), [
          { family: "ipv4", address: "192.0.2.1", port: 80 },
        ]);
        assertEquals((yield* loop.getaddrinfo("192.0.2.7", 80)).length, 1);
        assertEquals((yield* loop.getaddrinfo(null, 80)).map(({ address }) => address), ["::1", "127.0.0.1"]);
        assertEquals(yield* loop.getnameinfo(["192.0.2.1", 80]), ["name-of-192.0.2.1", "service-80"]);
      }
    );
  });

  it("tell addresses from names", () => {
    for (const host of ["127.0.0.1", "255.255.255.255", "0.0.0.0"]) assertEquals(literalFamily(host), "ipv4");
    for (const host of ["::", "::1", "1::", "2001:DB8::1", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"]) {
      assertEquals(literalFamily(host), "ipv6");
    }
    for (const host of ["localhost", "1.2.3", "1.2.3.256", "1.2.3.4.5", "fe80::1%eth0", "a.b", "[::1]", "::1:80x"]) {
      assertEquals(literalFamily(host), null);
    }
    for (
      const host of ["::::", ":::", "1:2", "1:2:3:4:5:6:7:8::", "1::2::3", "12345::", "1.2.3.4::", ":1::2", "::1:"]
    ) {
      assertEquals(literalFamily(host), null);
    }
  });
});

describe("The order of addresses", () => {
  const list = ["a6", "b6", "c6", "a4", "b4"].map((address) => ({
    address,
    family: address.endsWith("6") ? "ipv6" as const : "ipv4" as const,
    port: 1,
  }));
  const order = (count: number) => interleaved(list, count).map(({ address }) => address).join(" ");

  it("is that of the resolver without interleave, and takes turns with it", () => {
    assertEquals(order(0), "a6 b6 c6 a4 b4");
    assertEquals(order(1), "a6 a4 b6 b4 c6");
    assertEquals(order(2), "a6 b6 a4 c6 b4");
    assertEquals(order(9), "a6 b6 c6 a4 b4");
  });
});

describe("A staggered race", () => {
  it("discards what a second winner gives", async () => {
    await playNet((_net, loop) =>
      function* () {
        const late: string[] = [];
        const candidate = (name: string) =>
          function* (): Coroutine<string> {
            try {
              yield* sleep(10);
              // deno-lint-ignore asyncio/no-swallowed-cancel
            } catch {
              // It does not let itself be cancelled.
            }
            return name;
          };
        const result = yield* staggeredRace(
          loop,
          [candidate("a"), candidate("b")],
          1,
          (value) => void late.push(value),
        );
        assertEquals([result.winner?.value, late], ["a", ["b"]]);
      }
    );
  });
});
