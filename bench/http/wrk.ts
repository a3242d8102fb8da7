/**
 * Load from wrk, where it is.
 */
import { output, works } from "../harness/hosts.ts";
import type { Sample } from "../harness/load.ts";
import { pinned } from "../harness/processes.ts";
import { cpuSeconds } from "../harness/usage.ts";

/** Whether wrk is here. `wrk -v` has a status of its own. */
export const hasWrk: boolean = works("sh", "-c", "command -v wrk");

/** Lets it ask a server again and again, on so many connections, for so many seconds. */
export async function loadByWrk(
  [port, pid]: readonly [port: string, pid: number, ...rest: unknown[]],
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Sample> {
  const pin = pinned ? ["taskset", "-c", "1"] : [];
  const flags = ["-t1", `-c${connections}`, `-d${Math.max(1, Math.round(seconds))}s`, "--latency"];
  const before = cpuSeconds(pid);
  // The shell tells the processor time of what it has run, in a last line after its own.
  const command = ["sh", "-c", '"$@"; times', "sh", ...pin, "wrk", ...flags, `http://127.0.0.1:${port}/`];
  const text = await output(command);
  const after = cpuSeconds(pid);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`The server fails under load:\n${text}`);
  const [, requests, took, unit] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(text)!;
  const within = (part: number) => {
    const [, time, scale] = new RegExp(`${part}%\\s+([\\d.]+)(us|ms|s)`).exec(text)!;
    return Number(time) * { us: 0.001, ms: 1, s: 1_000 }[scale as "ms"];
  };
  const [, userMinutes, user, systemMinutes, system] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/.exec(text)!.map(Number);
  return {
    count: Number(requests),
    seconds: Number(took) * { ms: 0.001, s: 1, m: 60 }[unit as "ms"],
    serverCpu: before === null || after === null ? null : after - before,
    clientCpu: (userMinutes! + systemMinutes!) * 60 + user! + system!,
    p50: within(50),
    p99: within(99),
  };
}
