/**
 * How TLS is asked for.
 *
 * @module
 */
import type { TlsClientOptions, TlsServerOptions } from "../adapters/net.ts";
import { describeKind } from "../core/repr.ts";
import { checkNames } from "../core/misuse.ts";
import type { TlsOptions } from "../io/socket_options.ts";
import { checkPem } from "./check_pem.ts";
import { TLS } from "./option_names.ts";

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
  checkNames(options, TLS, "speak TLS");
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
