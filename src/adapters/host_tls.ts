/**
 * What TLS is asked for, and what is known of it afterwards. What a runtime does not tell is left out.
 *
 * @module
 */

/**
 * A key with its certificate chain, both in PEM.
 *
 * @category Sockets
 */
export interface TlsIdentity {
  /** The certificate, then its issuers. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/**
 * TLS as a client.
 *
 * @category Sockets
 */
export interface TlsClientOptions {
  /** The name to ask for (SNI) and to check the certificate against. */
  readonly serverName: string;
  /** Certificates in PEM to trust in place of the system's, as everywhere. */
  readonly ca?: readonly string[] | undefined;
  /** False trusts anybody. True by default. */
  readonly verify?: boolean | undefined;
  /** False accepts a certificate of another name. True by default. */
  readonly checkHostname?: boolean | undefined;
  /** Protocols to offer by ALPN, the preferred one first. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Who we are, if the server wants to know. */
  readonly identity?: TlsIdentity | undefined;
}

/**
 * TLS as a server.
 *
 * @category Sockets
 */
export interface TlsServerOptions extends TlsIdentity {
  /** Protocols to accept by ALPN, the preferred one first. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** Asks clients for a certificate signed by one of these; where the runtime can. */
  readonly clientCa?: readonly string[] | undefined;
  /** Other identities, by the name that the client asks for; where the runtime can. */
  readonly identities?: Readonly<Record<string, TlsIdentity>> | undefined;
  /** Milliseconds that a client gets for its handshake; 60,000 by default. */
  readonly handshakeTimeout?: number | undefined;
}

/**
 * What is known of a TLS session after its handshake. What a runtime does not tell is left out.
 *
 * @category Transports and protocols
 */
export interface TlsInfo {
  /** The protocol that was agreed on by ALPN, or null. */
  readonly alpnProtocol: string | null;
  /** Such as `"TLSv1.3"`. */
  readonly version?: string;
  /** The cipher's name. */
  readonly cipher?: string;
  /** The other side's certificate. */
  readonly peerCertificate?: PeerCertificate;
}

/**
 * A certificate of the other side, as far as the runtime tells.
 *
 * @category Transports and protocols
 */
export interface PeerCertificate {
  /** The subject's common name. */
  readonly subject?: string;
  /** The issuer's common name. */
  readonly issuer?: string;
  /** The names and addresses that it is valid for; an empty list if it has none. */
  readonly subjectAltNames?: readonly string[];
  /** The certificate itself, DER encoded. */
  readonly raw?: Uint8Array;
}
