import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { openConnection, OSError, startServer, type TlsOptions } from "../../mod.ts";
import { CA, LOCALHOST, OTHER } from "../contract/certificates.ts";
import { playNet, refusal } from "./play_net.ts";

const nothing = () => {};
const { cert, key } = LOCALHOST;
const damaged = cert.replace(/\n[^\n]{10}/, "\n");
const encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";

/** What is refused by servers, with a part of what is said. */
const REFUSED: readonly (readonly [name: string, options: Partial<TlsOptions>, words: string])[] = [
  ["a certificate that is no PEM", { cert: "server.pem" }, "this cert: it is not PEM"],
  ["a certificate that is cut off", { cert: cert.slice(0, 300) }, "this cert: there is no whole certificate"],
  ["a damaged certificate", { cert: damaged }, "this cert: it cannot be read ("],
  ["a damaged issuer behind a good certificate", { cert: cert + damaged }, "this cert: it cannot be read ("],
  ["a key in place of a certificate", { cert: key }, "this cert: there is no whole certificate"],
  ["a key that is no PEM", { key: "server.key" }, "this key: it is not PEM"],
  ["a certificate in place of a key", { key: cert }, "this key: it cannot be read ("],
  ["a damaged key", { key: key.replace(/\n[^\n]{30}/, "\n") }, "this key: it cannot be read ("],
  ["an encrypted key", { key: encrypted }, "this key: it is encrypted"],
  ["the key of another certificate", { key: OTHER.key }, "this key: it is another certificate's"],
  ["damaged authorities", { ca: [CA, damaged], requestCert: true }, "this ca: it cannot be read ("],
  [
    "the key of another certificate in identities",
    { identities: { "other.test": { cert: OTHER.cert, key } } },
    'this key of identities["other.test"]: it is another certificate\'s',
  ],
];

describe("The options of TLS", () => {
  for (const [name, options, words] of REFUSED) {
    it(`refuse ${name}`, () =>
      playNet(() =>
        function* () {
          const ssl = { cert, key, ...options };
          const error = yield* refusal(() => startServer(nothing, "127.0.0.1", 0, { ssl }), RangeError, words);
          assert(error.message.startsWith("Cannot "), error.message);
        }
      ));
  }

  it("refuse identities without a certificate or a key", () =>
    playNet(() =>
      function* () {
        for (const identities of [5, [], { "a.test": null }, { "a.test": { cert } }, { "a.test": { cert, key: 5 } }]) {
          const ssl = { cert, key, identities } as unknown as TlsOptions;
          yield* refusal(() => startServer(nothing, "127.0.0.1", 0, { ssl }), TypeError, "identities");
        }
      }
    ));

  it("refuse a client's mistakes as well, and find those that were made in an object that was good before", () =>
    playNet(() =>
      function* () {
        const ssl = { ca: CA, cert, key };
        const connect = () => openConnection("localhost", 1, { ssl });
        yield* refusal(connect, OSError, "there is no such name");
        ssl.ca = damaged;
        yield* refusal(connect, RangeError, "this ca: it cannot be read (");
        ssl.ca = CA;
        ssl.key = OTHER.key;
        yield* refusal(connect, RangeError, "it is another certificate's");
      }
    ));

  it("accept a chain of certificates with words between them, and several authorities in one text", () =>
    playNet(() =>
      function* () {
        const chain = `subject=localhost\n${cert}\nissuer\n${CA}`;
        const ssl = { cert: chain, key: `Bag Attributes\n${key}`, ca: CA + OTHER.cert, requestCert: true };
        const server = yield* startServer(nothing, "127.0.0.1", 0, { ssl });
        server.close();
      }
    ));
});
