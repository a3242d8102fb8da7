/**
 * Servers under load, side by side: in every round each server has its turn.
 *
 * What is compared is the answers by second of the server's processor time. On a machine with nothing else to do, and a client that is
 * faster than the server, that is the rate itself; elsewhere it is what the rate would be, whatever else the machine does.
 */
import { fileURLToPath } from "node:url";
import { ratios, type Spread, spread } from "./alternate.ts";
import { needBun } from "./hosts.ts";
import { Running } from "./processes.ts";

/** A server, whose program prints its port. */
export interface Served {
  /** Such as `"Bun protocol"`. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** What a client counted. */
export interface Sample {
  /** Answers that came. */
  readonly count: number;
  /** In so many seconds. */
  readonly seconds: number;
  /** The processor time that the server took for it, in seconds; null where the system does not tell. */
  readonly serverCpu: number | null;
  /** The client's own. */
  readonly clientCpu: number;
  /** Milliseconds within which half of the answers came. */
  readonly p50: number;
  /** Milliseconds within which 99 of 100 answers came. */
  readonly p99: number;
}

const CLIENT = fileURLToPath(new URL("client.ts", import.meta.url));

/** Starts the benches' own client. */
export function startClient(...args: readonly (string | number)[]): Running {
  needBun("the load client runs on Bun.");
  return new Running(["bun", CLIENT, ...args.map(String)], 1);
}

/** Starts the servers and lets each have its turn, every second round the other way round. Ends them at last. */
export async function loadInTurn<T extends Sample>(
  servers: readonly Served[],
  rounds: number,
  load: (port: string, pid: number, server: Running) => Promise<T>,
): Promise<Map<string, T[]>> {
  const started: { readonly process: Running; readonly port: string; readonly samples: T[] }[] = [];
  const measured = new Map<string, T[]>();
  try {
    for (const { name, command } of servers) {
      const process = new Running(command, 0);
      const samples: T[] = [];
      measured.set(name, samples);
      started.push({ process, port: await process.line(), samples });
    }
    // The first round is for the compilers and does not count; a run of one round judges nothing and needs none.
    for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
      for (const { process, port, samples } of round % 2 === 0 ? started : [...started].reverse()) {
        const sample = await load(port, process.pid, process);
        if (round >= 0) samples.push(sample);
      }
    }
  } finally {
    for (const { process } of started) await process.kill();
  }
  return measured;
}

/** Lets the benches' own client load a server: `echo` with messages of so many bytes, or `get`. */
export async function loadByClient(
  kind: "echo" | "get",
  [port, pid]: readonly [port: string, pid: number, ...rest: unknown[]],
  { connections, seconds, bytes = 0 }: { connections: number; seconds: number; bytes?: number },
): Promise<Sample> {
  const client = startClient(kind, port, connections, seconds, pid, bytes);
  const sample: Sample = JSON.parse(await client.line());
  await client.finish();
  return sample;
}

/** Answers by second. */
export const rate = ({ count, seconds }: Sample): number => count / seconds;
/** Answers by second of the server's processor time, or the plain rate where the system does not tell it. */
export const worth = (sample: Sample): number =>
  sample.serverCpu === null ? rate(sample) : sample.count / sample.serverCpu;
/** What part of a core the client took. */
export const clientBusy = ({ clientCpu, seconds }: Sample): number => clientCpu / seconds;
/** What part of a core the server took. */
export const serverBusy = ({ serverCpu, seconds }: Sample): number => serverCpu === null ? NaN : serverCpu / seconds;
/** Answers by second of the client's processor time, at best: more than that it could not take. */
export const ceiling = (measured: ReadonlyMap<string, readonly Sample[]>): number =>
  Math.max(...[...measured.values()].flat().map(({ count, clientCpu }) => count / clientCpu));

/**
 * What a figure of a server is of another one's, each with that of the other in the same round; null if one was not measured. By default it is the
 * answers by second of the processor's time.
 */
export function compared<T extends Sample>(
  measured: ReadonlyMap<string, readonly T[]>,
  own: string,
  other: string,
  figure: (sample: T) => number = worth,
): Spread | null {
  const [first, second] = [own, other].map((name) => measured.get(name)?.map(figure));
  return first && second ? spread(ratios(first, second)) : null;
}
