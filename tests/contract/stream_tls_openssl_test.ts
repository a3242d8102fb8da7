import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fromPromise, getRunningLoop, startServer, TlsError, type TlsOptions } from "../../mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { failure, play, REAL_ADAPTERS, text } from "./programs.ts";
import { within } from "../within.ts";

const HERE = fileURLToPath(new URL("certificates/", import.meta.url));

/** Whether there is an OpenSSL that can be told what to do. */
const ignore = !/^OpenSSL [3-9]/.test(String(spawnSync("openssl", ["version"]).stdout ?? ""));

/** A client of OpenSSL's. */
class Client {
  readonly #process;
  /** What it has said. */
  said = "";
  /** What it has said, once it has ended. */
  readonly ended: Promise<string>;

  constructor(port: number, args: readonly string[]) {
    const all = ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-CAfile", `${HERE}ca.pem`];
    this.#process = spawn("openssl", [...all, ...args], { stdio: "pipe" });
    const hear = (data: Uint8Array): void => void (this.said += text(data));
    this.#process.stdout.on("data", hear);
    this.#process.stderr.on("data", hear);
    this.#process.stdin.on("error", () => {});
    this.ended = new Promise((resolve) => this.#process.on("close", () => resolve(this.said)));
  }

  /** Writes a line; one letter alone is an order to OpenSSL. */
  write(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}

for (const adapter of REAL_ADAPTERS) {
  describe(`TLS servers by "${adapter.name}" and clients of OpenSSL`, { ignore }, () => {
    it("a client that renegotiates again and again breaks its session, and the server is told", async () => {
      await play(adapter, function* () {
        const told = getRunningLoop().createFuture<unknown>();
        const server = yield* startServer(
          function* (reader, writer) {
            try {
              // OpenSSL takes an order for a line like others if it reads it together with one.
              while ((yield* reader.readline()).length > 0);
              told.setResult("an end");
            } catch (error) {
              told.setResult(error);
            }
            writer.close();
          },
          "127.0.0.1",
          0,
          { ssl: LOCALHOST },
        );
        const client = new Client(server.port, ["-tls1_2", "-legacy_renegotiation"]);
        client.write("hello");
        // Node takes three before it believes in an attack; each is an order of its own.
        const orders = setInterval(() => client.write("R"), 50);
        try {
          const error = yield* fromPromise(within(told, "the end of the session", () => client.said));
          assert(error instanceof TlsError, `${error}\n${client.said}`);
          assertEquals(error.code, "SESSION_BROKEN");
        } finally {
          clearInterval(orders);
          client.kill();
          server.close();
        }
        yield* server.waitClosed();
        yield* fromPromise(client.ended);
      });
    });

    const refusals: readonly [string, TlsOptions, string[], RegExp][] = [
      ["that has no certificate", { ca: CA, requestCert: true }, [], /alert (certificate required|handshake failure)/],
      ["that speaks no protocol of the server's", { alpnProtocols: ["a/1"] }, ["-alpn", "b/1"], /alert no application/],
    ];
    for (const [whose, ssl, args, alert] of refusals) {
      for (const version of ["-tls1_2", "-tls1_3"]) {
        for (const late of [false, true]) {
          it(`a client ${whose} gets an alert (${version}${late ? ", after startTls()" : ""})`, async () => {
            await play(adapter, function* () {
              const options = { ...LOCALHOST, ...ssl };
              const server = yield* startServer(
                function* (_reader, writer) {
                  if (late) assert((yield* failure(writer.startTls(options))) instanceof TlsError);
                  writer.close();
                },
                "127.0.0.1",
                0,
                late ? {} : { ssl: options },
              );
              const client = new Client(server.port, [version, ...args]);
              try {
                yield* fromPromise(within(client.ended, "the client's end", () => client.said));
              } finally {
                client.kill();
                server.close();
              }
              yield* server.waitClosed();
              assert(alert.test(client.said), client.said);
            });
          });
        }
      }
    }

    // A limit that docs/limits.md lists. When this fails, a runtime has been mended: take it out of that list.
    it("a client whose certificate is not trusted is cut off without an alert", async () => {
      await play(adapter, function* () {
        const ssl = { ...LOCALHOST, ca: CA, requestCert: true };
        const server = yield* startServer(() => {}, "127.0.0.1", 0, { ssl });
        const identity = ["-cert", `${HERE}self_signed.pem`, "-key", `${HERE}self_signed.key.pem`];
        const client = new Client(server.port, identity);
        try {
          yield* fromPromise(within(client.ended, "the client's end", () => client.said));
        } finally {
          client.kill();
          server.close();
        }
        yield* server.waitClosed();
        assert(!client.said.includes("SSL alert number"), client.said);
      });
    });

    it("says goodbye to a client, which says it too, and is not held up", async () => {
      await play(adapter, function* () {
        const server = yield* startServer(
          function* (reader, writer) {
            writer.write(yield* reader.readline());
            writer.close();
            yield* writer.waitClosed();
          },
          "127.0.0.1",
          0,
          { ssl: LOCALHOST },
        );
        const client = new Client(server.port, []);
        client.write("a word");
        try {
          yield* fromPromise(within(client.ended, "the client's end", () => client.said));
        } finally {
          client.kill();
          server.close();
        }
        yield* server.waitClosed();
        assert(client.said.includes("a word"), client.said);
        assert(!client.said.includes("unexpected eof"), client.said);
      });
    });
  });
}
