/**
 * The time between a connection and the end of its TLS handshake.
 *
 * @module
 */

import type { TlsError } from "../../core/errors.ts";
import type { TlsClientOptions, TlsIdentity, TlsInfo, TlsServerOptions } from "../net.ts";
import { toTlsError } from "../node/socket_errors.ts";
import { tlsInfo } from "../node/tls_info.ts";
import type { TlsSocket } from "../node/types.ts";
import { tlsError } from "../shared/socket_errors.ts";
import { clearTimeout, setTimeout, wholeDelay } from "../shared/timers.ts";
import { BunStream, type StreamEnds } from "./stream.ts";
import type { BunError, BunSocket, BunTls, SocketOwner } from "./types.ts";

/** How long a client may take for its handshake by default, in milliseconds; CPython gives it as long. */
export const HANDSHAKE_TIMEOUT = 60_000;

/** Returns the error for the way that a handshake ended, or null. */
export type Verdict = (success: boolean, error: BunError | null) => TlsError | null;

/** Owns a socket until its handshake is done. */
export class Handshake implements SocketOwner {
  /** Resolves with the stream, or rejects with a {@linkcode TlsError}. */
  readonly done: Promise<BunStream>;
  readonly #verdict: Verdict;
  readonly #resolve: (stream: BunStream) => void;
  readonly #reject: (error: TlsError) => void;
  #socket: BunSocket | null = null;
  #ends: StreamEnds | null = null;
  #error: BunError | null = null;
  #timer: unknown;

  constructor(verdict: Verdict) {
    const { promise, resolve, reject } = Promise.withResolvers<BunStream>();
    this.done = promise;
    this.#verdict = verdict;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Begins, on a socket that has the handshake as its data. Only servers have so many milliseconds for it. */
  begin(socket: BunSocket, ends: StreamEnds, timeout: number | null): void {
    this.#socket = socket;
    this.#ends = ends;
    if (timeout !== null) this.#timer = setTimeout(() => this.#late(timeout), wholeDelay(timeout));
  }

  /** Gives it up. */
  close(): void {
    this.#fail(cutOff(null));
  }

  onHandshake(success: boolean, error: BunError | null): void {
    if (this.#socket === null) return;
    const wrong = this.#verdict(success, error);
    if (wrong !== null) return this.#fail(wrong);
    const [socket, ends] = [this.#socket, this.#ends!];
    this.#end();
    this.#resolve(new BunStream(socket, ends, infoOf(socket)));
  }

  onClose(error: BunError | null | undefined): void {
    this.#fail(cutOff(this.#error ?? error ?? null));
  }

  onError(error: BunError): void {
    this.#error = error;
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {}

  #late(timeout: number): void {
    this.#fail(tlsError(false, new Error(`the handshake took longer than ${timeout} ms`)));
  }

  #fail(error: TlsError): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#end();
    this.#reject(error);
    // An alert is to reach the other side, so no reset; and nobody waits for its goodbye.
    socket.close();
  }

  #end(): void {
    this.#socket = null;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}

/** Judges a server. Bun tells what it thinks of the certificate and its name also when it was not asked to insist on it. */
export function judgeServer({ verify = true, checkHostname = true }: TlsClientOptions): Verdict {
  return (success, error) => {
    if (error === null) return success ? null : cutOff(null);
    const wrong = toHandshakeError(error);
    if (wrong.code !== "CERTIFICATE_INVALID") return wrong;
    const named = error.code === "ERR_TLS_CERT_ALTNAME_INVALID";
    return verify && (checkHostname || !named) ? wrong : null;
  };
}

/**
 * Judges a client. One that was not asked for a certificate is a success, with an error that says that it showed none. One that was
 * asked and showed any certificate is a success as well, whatever Bun was told to reject: only the error says that nobody trusts it.
 */
export function judgeClient({ clientCa }: TlsServerOptions): Verdict {
  return (success, error) => {
    if (success && (error === null || clientCa === undefined)) return null;
    return error === null ? cutOff(null) : toHandshakeError(error);
  };
}

/** TLS as a client, in Bun's words. */
export function toClientTls(options: TlsClientOptions): BunTls {
  const { serverName, ca, verify = true, checkHostname = true, alpnProtocols, identity } = options;
  return {
    serverName,
    // Bun cannot leave the name alone unchecked: then it is this adapter that insists on the rest.
    rejectUnauthorized: verify && checkHostname,
    ...(ca === undefined || !verify ? {} : { ca }),
    ...toAlpn(alpnProtocols),
    ...toIdentity(identity),
  };
}

/** TLS as a server, in Bun's words. */
export function toServerTls({ cert, key, alpnProtocols, clientCa }: TlsServerOptions): BunTls {
  return {
    cert,
    key,
    ...toAlpn(alpnProtocols),
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
}

function toIdentity(identity: TlsIdentity | undefined): BunTls {
  return identity === undefined ? {} : { cert: identity.cert, key: identity.key };
}

function toAlpn(protocols: readonly string[] = []): BunTls {
  if (protocols.length === 0) return {};
  const encoder = new TextEncoder();
  return {
    ALPNProtocols: Uint8Array.from(protocols.flatMap((name) => {
      const bytes = encoder.encode(name);
      return [bytes.length, ...bytes];
    })),
  };
}

function infoOf(socket: BunSocket): TlsInfo {
  const { alpnProtocol } = socket;
  return tlsInfo(
    {
      alpnProtocol,
      getProtocol: () => socket.getTLSVersion(),
      getCipher: () => socket.getCipher(),
      getPeerCertificate: () => socket.getPeerCertificate(),
    } satisfies Pick<TlsSocket, "alpnProtocol" | "getProtocol" | "getCipher" | "getPeerCertificate"> as TlsSocket,
  );
}

function toHandshakeError(error: BunError): TlsError {
  return error.code === "ECONNRESET" ? cutOff(error) : toTlsError(error);
}

function cutOff(cause: unknown): TlsError {
  return tlsError(false, new Error("the connection ended before the handshake was done", { cause }));
}
