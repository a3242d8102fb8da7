/**
 * The authorities that a runtime trusts by itself.
 *
 * @module
 */

/** The part of `node:tls` that is used here. */
interface Authorities {
  readonly rootCertificates: readonly string[];
  getCACertificates?(type: "default"): readonly string[];
}

let known: readonly string[] | undefined;

/**
 * The certificates, in PEM, that are trusted unless others are named: those that are named replace them, so whoever wants to add some has to
 * name all. Each is here once; Deno has the system's and its own, and would read the many that are in both twice for each connection.
 */
export function defaultAuthorities(tls: Authorities): readonly string[] {
  if (known === undefined) {
    const all = tls.getCACertificates?.("default") ?? tls.rootCertificates;
    known = [...new Map(all.map((certificate) => [certificate.replace(/\s/g, ""), certificate])).values()];
  }
  return known;
}
