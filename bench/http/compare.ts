/**
 * How many requests the servers answer, side by side: in every round each server has its turn.
 *
 * Server and client share the machine's cores, so processor time by request stands beside requests by second. What is compared
 * is requests by second of the server's processor time, which does not depend on what else the machine does.
 *
 * @module
 */
import { ratios, type Spread, spread } from "../alternate.ts";
import { cpuSeconds, Running } from "../net/processes.ts";
import { load } from "./load.ts";
import { HTTP_GOALS, type HttpGoal, type HttpServerUnderTest } from "./servers.ts";

/** What a server did. */
export interface HttpFigure {
  readonly name: string;
  readonly on: HttpServerUnderTest["on"];
  readonly kind: HttpServerUnderTest["kind"];
  /** Requests by second. */
  readonly rate: Spread;
  /** Microseconds of the server's processor time by request. */
  readonly cpu: Spread;
  /** Milliseconds within which 99 of 100 were answered. */
  readonly p99: Spread;
  /** What part of a core the client took. */
  readonly client: Spread;
}

/** A goal, and what was reached: the ratio of requests by the server's processor time. */
export interface HttpRatio extends Spread, HttpGoal {}

/** What was measured. */
export interface HttpResults {
  readonly figures: readonly HttpFigure[];
  readonly ratios: readonly HttpRatio[];
  /** Requests by second of the client's processor time, at best: more than that it could not send. */
  readonly ceiling: number;
}

/** How thoroughly it is measured. */
export interface HttpEffort {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Whether each server is first used without being measured. */
  readonly warmUp: boolean;
  /** Whether the load comes from the benches' own client in any case. */
  readonly own?: boolean;
}

interface Sample {
  readonly rate: number;
  readonly cpu: number;
  readonly p99: number;
  readonly client: number;
  readonly ceiling: number;
}

interface Started {
  readonly server: HttpServerUnderTest;
  readonly process: Running;
  readonly port: number;
  readonly samples: Sample[];
}

/** Measures all of them. */
export async function compareHttp(servers: readonly HttpServerUnderTest[], effort: HttpEffort): Promise<HttpResults> {
  const started: Started[] = [];
  try {
    for (const server of servers) {
      const [command, ...args] = server.command;
      const process = new Running(command, args, 0);
      started.push({ server, process, port: Number(await process.line()), samples: [] });
    }
    for (let round = effort.warmUp ? -1 : 0; round < effort.rounds; round++) {
      for (const one of round % 2 === 0 ? started : [...started].reverse()) {
        const sample = await ask(one, effort);
        if (round >= 0) one.samples.push(sample);
      }
    }
  } finally {
    for (const { process } of started) await process.kill();
  }
  const ceiling = Math.max(...started.flatMap(({ samples }) => samples.map((sample) => sample.ceiling)));
  return { figures: started.map(figure), ratios: HTTP_GOALS.flatMap((goal) => judge(goal, started)), ceiling };
}

async function ask({ port, process }: Started, { connections, seconds, own }: HttpEffort): Promise<Sample> {
  const before = cpuSeconds(process.pid);
  const counted = await load(port, connections, seconds, own);
  const after = cpuSeconds(process.pid);
  const cpu = before === null || after === null ? NaN : ((after - before) * 1e6) / counted.requests;
  const { requests, seconds: took, p99, clientCpu } = counted;
  return { rate: requests / took, cpu, p99, client: clientCpu / took, ceiling: requests / clientCpu };
}

function figure({ server: { name, on, kind }, samples }: Started): HttpFigure {
  const of = (what: keyof Sample) => spread(samples.map((sample) => sample[what]));
  return { name, on, kind, rate: of("rate"), cpu: of("cpu"), p99: of("p99"), client: of("client") };
}

function judge(goal: HttpGoal, started: readonly Started[]): HttpRatio[] {
  const find = (on: string, own: boolean) =>
    started.find(({ server }) => server.on === on && server.kind === goal.kind && server.own === own);
  const [own, other] = [find(goal.on, true), find(goal.against, false)];
  if (!own || !other) return [];
  const worth = ({ samples }: Started) => samples.map(({ cpu, rate }) => Number.isNaN(cpu) ? rate : 1 / cpu);
  return [{ ...goal, ...spread(ratios(worth(own), worth(other))) }];
}
