/**
 * What `node:tls` reports of a session.
 *
 * @module
 */

import type { PeerCertificate, TlsInfo } from "../net.ts";
import type { NodeCertificate, TlsSocket } from "./types.ts";

/** Reads what is known of a session now: a closed one knows nothing any more. */
export function tlsInfo(socket: TlsSocket): TlsInfo {
  const version = socket.getProtocol();
  const cipher = socket.getCipher()?.name;
  const certificate = socket.getPeerCertificate();
  return {
    alpnProtocol: socket.alpnProtocol || null,
    ...(version ? { version } : {}),
    ...(cipher === undefined ? {} : { cipher }),
    ...(certificate?.raw === undefined ? {} : { peerCertificate: toCertificate(certificate) }),
  };
}

function toCertificate({ subject, issuer, subjectaltname, raw }: NodeCertificate): PeerCertificate {
  return {
    ...(subject?.CN === undefined ? {} : { subject: subject.CN }),
    ...(issuer?.CN === undefined ? {} : { issuer: issuer.CN }),
    subjectAltNames: toNames(subjectaltname ?? ""),
    ...(raw === undefined ? {} : { raw: new Uint8Array(raw) }),
  };
}

/** `"DNS:localhost, IP Address:127.0.0.1"` as a list of names and addresses. A certificate may have none. */
function toNames(text: string): string[] {
  if (text === "") return [];
  return text.split(", ").map((entry) => entry.slice(entry.indexOf(":") + 1));
}
