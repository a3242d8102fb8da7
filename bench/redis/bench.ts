/**
 * How many commands `examples/redis_server.ts` answers to `redis-benchmark`, on the sockets of each runtime, on the selector, and a real server beside.
 */
import { createServer } from "node:net";
import { platform } from "node:process";
import { fileURLToPath } from "node:url";
import { spread } from "../harness/alternate.ts";
import { FORMATS, range } from "../harness/format.ts";
import { type Host, output, works } from "../harness/hosts.ts";
import { pinned, Running } from "../harness/processes.ts";
import type { Bench, Table } from "../harness/section.ts";
import { cpuSeconds } from "../harness/usage.ts";

/** Clients at once. */
const CLIENTS = 50;
const COMMANDS = ["set", "get"] as const;

const program = fileURLToPath(new URL("../../examples/redis_server.ts", import.meta.url));

/** A server, by the command that runs it on a port; the last line before it listens has these words. */
interface RedisServer {
  readonly name: string;
  readonly command: (port: string) => readonly string[];
  readonly ready: string;
}

/** What a round of one command has shown. */
interface Sample {
  /** Commands by second. */
  readonly rate: number;
  /** Commands by second of the server's processor time. */
  readonly worth: number;
}

/** Commands of Redis. */
export const redis: Bench = {
  title: "Redis",
  hosts: ["Deno", "Bun", "Node"],
  async measure({ hosts, smoke, rounds, wants }) {
    const how =
      `\`redis-benchmark\` with ${CLIENTS} clients and \`examples/redis_server.ts\`, on the runtime's sockets and on the selector, and beside ` +
      "them Redis itself. Commands by second of the server's processor time, and by second. Servers run on core 0, the clients on core 1.";
    if (!works("redis-benchmark", "--version")) {
      console.log("Redis is left out: apt-get install redis-server redis-tools.");
      return { title: this.title, how, tables: [], reached: [] };
    }
    const servers = findServers(hosts).filter(({ name }) => wants(name));
    const tables: Table[] = [];
    for (const pipeline of smoke ? [16] : [1, 16]) {
      const requests = smoke ? 2_000 : 20_000 * (pipeline > 1 ? 8 : 2);
      const found = new Map<string, Sample[]>();
      for (let round = rounds(5); round > 0; round--) {
        for (const server of servers) {
          for (const [command, sample] of await measure(server, pipeline, requests)) {
            const key = `${server.name} ${command}`;
            found.set(key, [...found.get(key) ?? [], sample]);
          }
        }
      }
      tables.push({
        title: `${pipeline} command${pipeline === 1 ? "" : "s"} at a time, ${FORMATS.count(requests)} in each round`,
        head: ["", ...COMMANDS.flatMap((command) => [`${command} by CPU second`, `${command} by second`])],
        rows: servers.map(({ name }) => [
          name,
          ...COMMANDS.flatMap((command) => {
            const samples = found.get(`${name} ${command}`)!;
            return [
              range(spread(samples.map(({ worth }) => worth)), "count"),
              FORMATS.count(spread(samples.map(({ rate }) => rate)).median),
            ];
          }),
        ]),
      });
    }
    return { title: this.title, how, tables, reached: [] };
  },
};

function findServers(hosts: readonly Host[]): RedisServer[] {
  const found: RedisServer[] = [];
  for (const { name, command } of hosts) {
    const run = (port: string) => [...command, program, "--port", port];
    found.push({ name, command: run, ready: "Listening" });
    if (name === "Node" || platform !== "linux") continue;
    found.push({
      name: `${name} selector`,
      command: (port) => ["env", "ASYNCIO_SELECTOR=epoll", ...run(port)],
      ready: "Listening",
    });
  }
  if (works("redis-server", "--version")) {
    const command = (port: string) => ["redis-server", "--port", port, "--save", "", "--appendonly", "no"];
    found.push({ name: "redis-server", command, ready: "Ready to accept" });
  }
  return found;
}

async function measure(server: RedisServer, pipeline: number, requests: number): Promise<[string, Sample][]> {
  const port = await freePort();
  const running = new Running(server.command(port), 0);
  try {
    while (!(await running.line()).includes(server.ready));
    const samples: [string, Sample][] = [];
    const load = async (command: string, count: number): Promise<number> => {
      const client = ["redis-benchmark", "-p", port, "-t", command, "-c", `${CLIENTS}`, "-P", `${pipeline}`, "--csv"];
      const told = await output([...(pinned ? ["taskset", "-c", "1"] : []), ...client, "-n", `${count}`]);
      const [, rate] = new RegExp(`"${command}","([\\d.]+)"`, "i").exec(told) ?? [];
      if (rate === undefined) throw new Error(`redis-benchmark told no rate of ${server.name}: ${told}`);
      return Number(rate);
    };
    for (const command of COMMANDS) {
      await load(command, requests / 4);
      const before = cpuSeconds(running.pid) ?? NaN;
      const rate = await load(command, requests);
      samples.push([command, { rate, worth: requests / ((cpuSeconds(running.pid) ?? NaN) - before) }]);
    }
    return samples;
  } finally {
    await running.kill();
  }
}

/** A port that nobody has. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return `${port}`;
}
