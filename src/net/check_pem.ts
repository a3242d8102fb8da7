/**
 * Checks of certificates and keys.
 *
 * Deno takes a key that is another certificate's and then fails every handshake; the others say what is wrong in OpenSSL's words, and only when they
 * listen. So it is checked here, by the runtime's own cryptography.
 *
 * @module
 */
import { findBuiltin } from "../adapters/shared/process.ts";
import { describeKind } from "../core/repr.ts";
import type { TlsOptions } from "../io/socket_options.ts";

/** What is used of `node:crypto`. */
interface Crypto {
  readonly X509Certificate: new (pem: string) => { checkPrivateKey(key: unknown): boolean };
  createPrivateKey(pem: string): unknown;
}

/** A certificate in a text that may hold several, and words between them. */
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** What was found to be good, by the object that it came in: a connection is made more often than a certificate. */
const good = new WeakMap<object, readonly unknown[]>();

/** Refuses texts of which no runtime could make certificates and keys, and keys of other certificates. */
export function checkPem(options: TlsOptions): void {
  const { cert, key, ca, identities } = options;
  if (cert === undefined && ca === undefined && identities === undefined) return;
  const before = good.get(options);
  const parts = [cert, key, ca, identities];
  if (before !== undefined && parts.every((part, i) => part === before[i])) return;
  for (const text of typeof ca === "string" ? [ca] : ca ?? []) checkCertificates(text, "ca");
  if (cert !== undefined && key !== undefined) checkIdentity(cert, key, "");
  checkIdentities(identities);
  good.set(options, parts);
}

function checkIdentities(identities: unknown): void {
  if (identities === undefined) return;
  if (typeof identities !== "object" || identities === null || Array.isArray(identities)) {
    throw new TypeError(
      `Cannot serve TLS with ${describeKind(identities)} as identities: give an object of { cert, key } by name.`,
    );
  }
  for (const [name, identity] of Object.entries(identities)) {
    const { cert, key } = (identity ?? {}) as { readonly cert?: unknown; readonly key?: unknown };
    if (typeof cert !== "string" || typeof key !== "string") {
      throw new TypeError(
        `Cannot serve TLS as ${JSON.stringify(name)}: give { cert, key } in identities, both in PEM.`,
      );
    }
    checkIdentity(cert, key, ` of identities[${JSON.stringify(name)}]`);
  }
}

function checkIdentity(cert: string, key: string, where: string): void {
  const certificate = checkCertificates(cert, `cert${where}`);
  if (!key.includes("-----BEGIN ")) throw notPem(`key${where}`);
  if (key.includes("ENCRYPTED")) {
    throw new RangeError(
      `Cannot speak TLS with this key${where}: it is encrypted. Decrypt it before: openssl pkey -in key.pem -out plain.pem.`,
    );
  }
  const crypto = findBuiltin<Crypto>("node:crypto");
  if (crypto === undefined || certificate === null) return;
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(crypto.createPrivateKey(key));
  } catch (cause) {
    throw unreadable(`key${where}`, cause);
  }
  if (fits) return;
  throw new RangeError(
    `Cannot speak TLS with this key${where}: it is another certificate's. Give the private key of the first certificate in cert.`,
  );
}

/** Refuses texts without whole certificates; returns the first one. */
function checkCertificates(text: string, what: string): InstanceType<Crypto["X509Certificate"]> | null {
  if (!text.includes("-----BEGIN ")) throw notPem(what);
  const found = text.match(CERTIFICATE);
  if (found === null) {
    throw new RangeError(
      `Cannot speak TLS with this ${what}: there is no whole certificate in it. Give the text of the file, with its BEGIN and END lines.`,
    );
  }
  const crypto = findBuiltin<Crypto>("node:crypto");
  if (crypto === undefined) return null;
  try {
    return found.map((pem) => new crypto.X509Certificate(pem))[0] ?? null;
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function notPem(what: string): RangeError {
  return new RangeError(
    `Cannot speak TLS with this ${what}: it is not PEM. Give the text of the file, with its BEGIN line.`,
  );
}

function unreadable(what: string, cause: unknown): RangeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RangeError(
    `Cannot speak TLS with this ${what}: it cannot be read (${reason}). Give the unchanged text of the file.`,
    { cause },
  );
}
