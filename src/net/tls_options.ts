/**
 * How TLS is asked for.
 *
 * @module
 */
import type { TlsClientOptions, TlsIdentity, TlsServerOptions } from "../adapters/net.ts";
import { describeKind } from "../core/repr.ts";
import { checkNames, type OptionNames } from "./check_options.ts";
import { checkPem } from "./check_pem.ts";

/**
 * What TLS is told, on either side: what asyncio puts into an SSLContext. Keys and certificates are texts in PEM. A client needs none of
 * it: `ssl: true` checks the server's certificate and name against the authorities that the system trusts.
 *
 * @example A server and a client that trusts it
 * ```ts
 * import type { TlsOptions } from "@loop/asyncio";
 *
 * const certificate = "-----BEGIN CERTIFICATE-----\n…";
 * const server: TlsOptions = { cert: certificate, key: "-----BEGIN PRIVATE KEY-----\n…", alpnProtocols: ["echo/1"] };
 * const client: TlsOptions = { ca: certificate, alpnProtocols: ["echo/1"] };
 * console.log(server.alpnProtocols, client.alpnProtocols);
 * ```
 */
export interface TlsOptions {
  /** The own certificate, followed by those of its issuers. A server must have one; a client may. */
  readonly cert?: string | undefined;
  /** The private key of the certificate. */
  readonly key?: string | undefined;
  /**
   * Authorities to trust. For a client in place of those of the system; for a server, with `requestCert`, those whose clients are let in.
   */
  readonly ca?: string | readonly string[] | undefined;
  /** The protocols that can be spoken, by ALPN, the preferred one first. `getExtraInfo("alpnProtocol")` says which was agreed on. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Client: false trusts any certificate, which is for tests. True by default. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Client: false accepts a certificate that was made for another name. True by default. */
  readonly checkHostname?: boolean | undefined;
  /** Server: asks clients for a certificate that one of `ca` has signed, and refuses those without. False by default. */
  readonly requestCert?: boolean | undefined;
  /**
   * Server: other certificates with their keys, by the name that the client asks for. On Bun a {@linkcode NotSupportedError} for a connection
   * that has begun in the clear and goes on with `startTls()`.
   */
  readonly identities?: Readonly<Record<string, TlsIdentity>> | undefined;
}

const NAMES: OptionNames<TlsOptions> = {
  cert: true,
  key: true,
  ca: true,
  alpnProtocols: true,
  rejectUnauthorized: true,
  checkHostname: true,
  requestCert: true,
  identities: true,
};

/** What a client's adapter needs. Everything is checked before anything is opened. */
export function toClientOptions(ssl: TlsOptions | true, serverName: string): TlsClientOptions {
  const options: TlsOptions = ssl === true ? {} : ssl;
  checkShape(options);
  const { cert, key, ca, alpnProtocols, rejectUnauthorized = true, checkHostname = true } = options;
  if (checkHostname && rejectUnauthorized && serverName === "") {
    throw new RangeError(
      "Cannot check the name of the certificate against an empty serverHostname. Give the name, or pass ssl: { checkHostname: false }.",
    );
  }
  return {
    serverName,
    ca: ca === undefined ? undefined : typeof ca === "string" ? [ca] : ca,
    verify: rejectUnauthorized,
    checkHostname,
    alpnProtocols,
    identity: cert === undefined ? undefined : { cert, key: key as string },
  };
}

/** What a server's adapter needs. */
export function toServerOptions(ssl: unknown, handshakeTimeout?: number): TlsServerOptions {
  if (typeof ssl !== "object" || ssl === null) {
    throw new TypeError(`Cannot serve TLS with ssl: ${describeKind(ssl)}: a server needs { cert, key }.`);
  }
  const options = ssl as TlsOptions;
  checkShape(options);
  const { cert, key, ca, alpnProtocols, requestCert = false, identities } = options;
  if (cert === undefined || key === undefined) {
    throw new TypeError("Cannot serve TLS without a certificate: give ssl: { cert, key }, both in PEM.");
  }
  if (requestCert && ca === undefined) {
    throw new TypeError(
      "Cannot ask clients for a certificate without authorities to check it: give ssl: { ca } as well.",
    );
  }
  const clientCa = !requestCert ? undefined : typeof ca === "string" ? [ca] : ca;
  return { cert, key, alpnProtocols, clientCa, identities, handshakeTimeout };
}

function checkShape(options: TlsOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot speak TLS with ssl: ${describeKind(options)}: give true or an object of TLS options.`);
  }
  checkNames(options, NAMES, "speak TLS");
  const { cert, key, ca, alpnProtocols } = options;
  for (const [name, value] of [["cert", cert], ["key", key]] as const) {
    if (value !== undefined && typeof value !== "string") {
      throw new TypeError(`Cannot speak TLS with ${describeKind(value)} as ${name}: give the text in PEM.`);
    }
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("Cannot speak TLS with one of cert and key: give both, or neither as a client.");
  }
  checkStrings("ca", typeof ca === "string" ? [ca] : ca);
  checkStrings("alpnProtocols", alpnProtocols);
  checkPem(options);
  for (const protocol of alpnProtocols ?? []) {
    const length = new TextEncoder().encode(protocol).length;
    if (length >= 1 && length <= 255) continue;
    throw new RangeError(
      `Cannot speak TLS with a protocol name of ${length} bytes in alpnProtocols: it must have from 1 to 255.`,
    );
  }
}

function checkStrings(name: string, list: unknown): void {
  if (list === undefined || (Array.isArray(list) && list.every((item) => typeof item === "string"))) return;
  throw new TypeError(`Cannot speak TLS with ${describeKind(list)} as ${name}: give an array of strings.`);
}
