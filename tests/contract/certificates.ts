/**
 * The certificates of the tests; `certificates/make.sh` made them.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import type { TlsIdentity } from "../../src/adapters/adapter.ts";

/** The authority that signed all but the self-signed one. */
export const CA: string = read("ca.pem");

/** For `localhost`, 127.0.0.1 and ::1. */
export const LOCALHOST: TlsIdentity = identity("localhost");
/** For `other.test`. */
export const OTHER: TlsIdentity = identity("other");
/** For `localhost`, of long ago. */
export const EXPIRED: TlsIdentity = identity("expired");
/** For `localhost`, signed by nobody else. */
export const SELF_SIGNED: TlsIdentity = identity("self_signed");
/** Of a client whose name is "A client". */
export const CLIENT: TlsIdentity = identity("client");

function identity(name: string): TlsIdentity {
  return { cert: read(`${name}.pem`), key: read(`${name}.key.pem`) };
}

function read(name: string): string {
  return readFileSync(new URL(`certificates/${name}`, import.meta.url), "utf8");
}
