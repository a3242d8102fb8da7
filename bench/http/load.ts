/**
 * The load client: wrk where it is, or else the benches' own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { pinned, works } from "../net/processes.ts";
import { output } from "../runtimes.ts";

/** What a load client counted. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds within which 99 of 100 requests were answered. */
  readonly p99: number;
  /** The client's own processor time, in seconds. */
  readonly clientCpu: number;
}

/** Whether wrk is here. `wrk -v` has a status of its own. */
export const hasWrk: boolean = works("sh", ["-c", "command -v wrk"]);
/** What the load comes from. */
export const clientName = (own: boolean): string => own ? "the benches' own client, on Bun" : "wrk, one thread";

const CLIENT = fileURLToPath(new URL("client.ts", import.meta.url));

/** Asks a server again and again, on so many connections, for so many seconds. */
export async function load(port: number, connections: number, seconds: number, own = !hasWrk): Promise<Load> {
  const pin = pinned ? ["taskset", "-c", "1"] : [];
  if (own) return JSON.parse(await output([...pin, "bun", CLIENT, `${port}`, `${connections}`, `${seconds}`]));
  const flags = ["-t1", `-c${connections}`, `-d${Math.max(1, Math.round(seconds))}s`, "--latency"];
  // The shell tells the processor time of what it has run, in a last line after its own.
  const command = ["sh", "-c", '"$@"; times', "sh", ...pin, "wrk", ...flags, `http://127.0.0.1:${port}/`];
  const text = await output(command);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`The server fails under load:\n${text}`);
  const [, requests, took, unit] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(text)!;
  const [, p99, scale] = /99%\s+([\d.]+)(us|ms|s)/.exec(text)!;
  const [, userMinutes, user, systemMinutes, system] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/.exec(text)!.map(Number);
  return {
    requests: Number(requests),
    seconds: Number(took) * { ms: 0.001, s: 1, m: 60 }[unit as "ms"],
    p99: Number(p99) * { us: 0.001, ms: 1, s: 1_000 }[scale as "ms"],
    clientCpu: (userMinutes! + systemMinutes!) * 60 + user! + system!,
  };
}
