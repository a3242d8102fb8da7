/**
 * What a simulated network is made with, and what is refused of it.
 *
 * @module
 */
import { describeKind, describeValue } from "../../core/repr.ts";
import { checkFlag, checkOptionNames } from "../checks.ts";

/**
 * A number of milliseconds, or the least and the most of one that is drawn each time.
 *
 * @category Simulated network
 */
export type Span = number | readonly [least: number, most: number];

/**
 * How one host reaches another.
 *
 * @category Simulated network
 */
export interface LinkOptions {
  /** Milliseconds that anything is on its way; 0.2 to 2 by default. */
  readonly latency?: Span | undefined;
  /** Bytes a second; no limit by default. */
  readonly bandwidth?: number | undefined;
  /** How probable it is that something is lost: a datagram for good, a piece of a stream for 200 ms and longer, until it is sent again. 0 by default. */
  readonly loss?: number | undefined;
  /** How probable it is that a datagram comes twice; 0 by default. */
  readonly duplicate?: number | undefined;
  /** How probable it is that a datagram is overtaken by later ones; 0 by default. */
  readonly reorder?: number | undefined;
  /** How probable it is for each piece of a stream that the connection is reset in its place; 0 by default. */
  readonly reset?: number | undefined;
}

/**
 * How names are looked up.
 *
 * @category Simulated network
 */
export interface DnsOptions {
  /** Milliseconds until there is an answer; 0.1 to 1 by default. */
  readonly latency?: Span | undefined;
  /** How probable it is that there is none (`EAI_AGAIN`); 0 by default. */
  readonly failure?: number | undefined;
}

/**
 * The options of a simulated network.
 *
 * @category Simulated network
 */
export interface SimulatedNetworkOptions extends LinkOptions {
  /** What all that is drawn follows from; 1 by default. */
  readonly seed?: number | undefined;
  /** Whether streams are read and written in pieces of random lengths; true by default. */
  readonly pieces?: boolean | undefined;
  /** How many bytes of one direction of a stream the systems of both ends hold; 65,536 by default. */
  readonly buffer?: number | undefined;
  /** Milliseconds after which connecting to a host that does not answer fails (`ETIMEDOUT`); 130,000 by default. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds after which a connection fails whose bytes nobody acknowledges (`ETIMEDOUT`); 925,000 by default, about what systems have. */
  readonly sendTimeout?: number | undefined;
  /** How probable it is that a TLS handshake fails; 0 by default. */
  readonly tlsFailure?: number | undefined;
  /** How names are looked up. */
  readonly dns?: DnsOptions | undefined;
}

/**
 * The options of a host.
 *
 * @category Simulated network
 */
export interface SimulatedHostOptions {
  /** How many milliseconds its clock is ahead of the network's, or behind if negative; 0 by default. */
  readonly clockOffset?: number | undefined;
  /** How many times as fast as the network's its clock goes; 1 by default. */
  readonly clockRate?: number | undefined;
  /** How many sockets it can have open at once; no limit by default. */
  readonly descriptors?: number | undefined;
}

/** All of {@linkcode LinkOptions}. */
export type Link = Required<{ [K in keyof LinkOptions]: NonNullable<LinkOptions[K]> }>;

/** A link by which nothing else is said. */
export const USUAL_LINK: Link = {
  latency: [0.2, 2],
  bandwidth: Infinity,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reset: 0,
};

const LINK_OPTIONS = Object.keys(USUAL_LINK) as readonly (keyof LinkOptions)[];
const PROBABILITIES = ["loss", "duplicate", "reorder", "reset"] as const;

/** What is given of a link; what is not is as in `usual`. */
export function linkOf(options: LinkOptions, usual: Link): Link {
  const given = LINK_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return { ...usual, ...Object.fromEntries(given) };
}

/** Checks the options of a network. */
export function checkNetworkOptions(options: SimulatedNetworkOptions): void {
  const where = "new SimulatedNetwork()";
  checkObject(options, where);
  checkOptionNames(options, [
    ...LINK_OPTIONS,
    "seed",
    "pieces",
    "buffer",
    "connectTimeout",
    "sendTimeout",
    "tlsFailure",
    "dns",
  ], where);
  checkLink(options, where);
  const { seed, pieces, buffer, connectTimeout, sendTimeout, tlsFailure, dns } = options;
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot call ${where} with the seed ${describeValue(seed)}: it is a whole number.`);
  }
  checkFlag(pieces, "pieces", where);
  checkPositive(buffer, "buffer", "a number of bytes", where);
  checkPositive(connectTimeout, "connectTimeout", "a number of milliseconds", where);
  checkPositive(sendTimeout, "sendTimeout", "a number of milliseconds", where);
  checkProbability(tlsFailure, "tlsFailure", where);
  if (dns !== undefined) checkDns(dns, where);
}

/** Checks the options of a link. */
export function checkLinkOptions(options: LinkOptions, where: string): void {
  checkObject(options, where);
  checkOptionNames(options, LINK_OPTIONS, where);
  checkLink(options, where);
}

/** Checks how names are looked up. */
export function checkDns(options: DnsOptions, where: string): void {
  checkObject(options, where);
  checkOptionNames(options, ["latency", "failure"], where);
  checkSpan(options.latency, "latency of dns", where);
  checkProbability(options.failure, "failure of dns", where);
}

/** Checks the options of a host. */
export function checkHostOptions(options: SimulatedHostOptions, where: string): void {
  checkObject(options, where);
  checkOptionNames(options, ["clockOffset", "clockRate", "descriptors"], where);
  const { clockOffset, clockRate, descriptors } = options;
  if (clockOffset !== undefined && !Number.isFinite(clockOffset)) {
    throw new RangeError(
      `Cannot call ${where} with ${describeValue(clockOffset)} as clockOffset: it is a finite number of milliseconds.`,
    );
  }
  checkPositive(clockRate, "clockRate", "a finite number", where);
  if (descriptors !== undefined && !(typeof descriptors === "number" && descriptors >= 1)) {
    throw new RangeError(
      `Cannot call ${where} with ${describeValue(descriptors)} as descriptors: it is a number of at least 1.`,
    );
  }
}

/** Checks that options are an object. */
export function checkObject(options: unknown, where: string): void {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  throw new TypeError(`Cannot call ${where} with ${describeKind(options)}: the options are an object.`);
}

function checkLink(options: LinkOptions, where: string): void {
  checkSpan(options.latency, "latency", where);
  const { bandwidth } = options;
  if (bandwidth !== undefined && !(typeof bandwidth === "number" && bandwidth > 0)) {
    throw new RangeError(
      `Cannot call ${where} with ${describeValue(bandwidth)} as bandwidth: it is a number of bytes a second, above 0.`,
    );
  }
  for (const name of PROBABILITIES) checkProbability(options[name], name, where);
}

function checkSpan(span: Span | undefined, name: string, where: string): void {
  if (span === undefined) return;
  const [least, most] = typeof span === "number"
    ? [span, span]
    : Array.isArray(span) && span.length === 2
    ? span as [number, number]
    : [];
  if (typeof least === "number" && typeof most === "number" && least >= 0 && most >= least && most < Infinity) return;
  throw new RangeError(
    `Cannot call ${where} with ${describeValue(span)} as the ${name}: give milliseconds, or [least, most] of them.`,
  );
}

function checkProbability(value: number | undefined, name: string, where: string): void {
  if (value === undefined || (typeof value === "number" && value >= 0 && value <= 1)) return;
  throw new RangeError(
    `Cannot call ${where} with ${describeValue(value)} as ${name}: it is a probability from 0 to 1.`,
  );
}

function checkPositive(value: number | undefined, name: string, what: string, where: string): void {
  if (value === undefined || (typeof value === "number" && value > 0 && value < Infinity)) return;
  throw new RangeError(`Cannot call ${where} with ${describeValue(value)} as ${name}: it is ${what} above 0.`);
}
