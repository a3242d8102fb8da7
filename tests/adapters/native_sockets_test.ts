import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { OSError, TlsError } from "@loop/asyncio";
import { BunStream } from "../../src/adapters/bun/stream.ts";
import { judgeClient, judgeServer } from "../../src/adapters/bun/handshake.ts";
import { toStreamError } from "../../src/adapters/node/socket_errors.ts";
import { DenoStream } from "../../src/adapters/deno/stream.ts";
import { SelectorStream } from "../../src/adapters/selector/stream.ts";
import { LOCALHOST } from "../contract/certificates.ts";
import { aWhile, closeAll, pair, pattern, same } from "../contract/connections.ts";
import { HOSTS } from "../contract/hosts.ts";

const NOTHING = new Uint8Array(0);

/** An error as Bun makes them. */
function bunError(code: string): Error & { code: string } {
  return Object.assign(new Error(`said with ${code}`), { code });
}

/** The classes of the streams that are no streams of `node:net`. */
const OWN: Partial<Record<string, typeof DenoStream | typeof BunStream | typeof SelectorStream>> = {
  deno: DenoStream,
  bun: BunStream,
  selector: SelectorStream,
};

for (const { name, net } of HOSTS.filter(({ name, traits }) => name !== "node" && traits.real)) {
  describe(`The sockets of the ${name} adapter`, () => {
    afterEach(closeAll);

    for (const kind of ["tcp", "unix"] as const) {
      it(`are the runtime's own at both ends of a ${kind} connection`, async () => {
        const ends = await pair(net, kind);
        const own = OWN[name];
        assert(own !== undefined, `no class is known for the streams of ${name}`);
        for (const { stream } of ends) assertInstanceOf(stream, own);
      });

      it(`deliver what was taken by ${kind} when they close with bytes unread`, async () => {
        const [client, server] = await pair(net, kind);
        client.stream.pauseReading();
        server.stream.pauseReading();
        await client.sent("nobody reads this");
        await server.sent("what a read under way gets");
        await aWhile();
        await client.sent("nobody reads this either");
        // As much as waits in the system, which would drop it with a reset.
        const sent = pattern(kind === "tcp" ? 1_000_000 : 100_000);
        await server.sent(sent);
        server.stream.close();
        assertEquals(await server.untilClosed(), null);
        client.stream.resumeReading();
        await client.untilEnd();
        assert(same(client.bytes.subarray(26), sent));
      });
    }

    it("never write again to memory that they gave out", async () => {
      const [client, server] = await pair(net, "tcp");
      const sent = pattern(200_000);
      const given: Uint8Array[] = [];
      const copies: Uint8Array[] = [];
      server.onData = (bytes) => {
        given.push(bytes);
        copies.push(bytes.slice());
      };
      // Pieces of all lengths, so that reads end everywhere in a piece of memory.
      for (let at = 0, length = 1; at < sent.length; at += length, length = length * 5 % 4_001) {
        await client.sent(sent.subarray(at, at + length));
        await server.receive(Math.min(at + length, sent.length));
      }
      assertEquals(given.map((bytes, i) => same(bytes, copies[i]!)), given.map(() => true));
    });

    it("refuse to speak TLS on a stream that is closed", async () => {
      const [client, server] = await pair(net, "tcp");
      client.stream.abort();
      await client.untilClosed();
      await server.until(() => server.ended || server.error !== undefined, "the end");
      const options = { serverName: "localhost" };
      const error = await assertRejects(() => net.upgradeTls(client.stream, options, NOTHING), TlsError);
      assertEquals(error.code, "HANDSHAKE_FAILED");
      await assertRejects(() => net.upgradeTlsServer!(client.stream, LOCALHOST, NOTHING), TlsError);
    });
  });
}

describe("What Bun says of a handshake", () => {
  const trusting = { serverName: "localhost" };

  it("is taken for good when there is no error", () => {
    assertEquals(judgeServer(trusting)(true, null), null);
    assertEquals(judgeClient(LOCALHOST)(true, null), null);
  });

  it("condemns a server whose certificate is not trusted, also where Bun calls it a success", () => {
    for (const success of [true, false]) {
      const error = judgeServer(trusting)(success, bunError("DEPTH_ZERO_SELF_SIGNED_CERT"));
      assertEquals(error?.code, "CERTIFICATE_INVALID");
    }
  });

  it("forgives a wrong name alone when names are not checked, and any certificate when nothing is", () => {
    const nameless = judgeServer({ ...trusting, checkHostname: false });
    assertEquals(nameless(false, bunError("ERR_TLS_CERT_ALTNAME_INVALID")), null);
    assertEquals(nameless(false, bunError("CERT_HAS_EXPIRED"))?.code, "CERTIFICATE_INVALID");
    const careless = judgeServer({ ...trusting, verify: false });
    assertEquals(careless(false, bunError("ERR_TLS_CERT_ALTNAME_INVALID")), null);
    assertEquals(careless(false, bunError("CERT_HAS_EXPIRED")), null);
  });

  it("never forgives a handshake that broke", () => {
    for (const code of ["EPROTO", "ECONNRESET"]) {
      assertEquals(judgeServer({ ...trusting, verify: false })(false, bunError(code))?.code, "HANDSHAKE_FAILED");
      assertEquals(judgeClient(LOCALHOST)(false, bunError(code))?.code, "HANDSHAKE_FAILED");
    }
    assertEquals(judgeServer(trusting)(false, null)?.code, "HANDSHAKE_FAILED");
    assertEquals(judgeClient(LOCALHOST)(false, null)?.code, "HANDSHAKE_FAILED");
  });

  it("condemns a client's certificate only if one was asked for", () => {
    const error = bunError("DEPTH_ZERO_SELF_SIGNED_CERT");
    assertEquals(judgeClient(LOCALHOST)(true, error), null);
    assertEquals(judgeClient({ ...LOCALHOST, clientCa: ["…"] })(true, error)?.code, "CERTIFICATE_INVALID");
  });

  it("is an error of TLS when it breaks later, and of the system otherwise", () => {
    assertInstanceOf(toStreamError(bunError("EPROTO")), TlsError);
    const error = toStreamError(bunError("ECONNRESET"));
    assertInstanceOf(error, OSError);
    assertEquals(error.code, "ECONNRESET");
  });
});
