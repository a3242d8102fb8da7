/**
 * What is done with the number of a process, on systems and with processes that are made up.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer } from "node:net";
import process from "node:process";
import { runVirtual } from "../../src/testing/mod.ts";
import { CommandError } from "../../src/inspect/cli/command_error.ts";
import { type Files, listeningPlaces } from "../../src/inspect/cli/listening_places.ts";
import { type Host, openInspector } from "../../src/inspect/cli/process_target.ts";

interface Made {
  readonly platform?: string;
  readonly program?: string;
  readonly state?: string;
  /** How often the process is looked at before it handles the signal. */
  readonly handlesAfter?: number;
  readonly network?: string;
  /** What the host throws when it is asked for the process. */
  readonly fails?: { readonly name?: string; readonly code?: string };
}

const PID = 2_147_483_000;

/** A host with one process, and the signals that this gets. */
function hostWith(
  { platform = "linux", program = "/usr/bin/deno", state = "S", handlesAfter = 0, network = "net:[1]", fails }: Made,
): { host: Host; signals: (string | number)[] } {
  const signals: (string | number)[] = [];
  let looks = 0;
  const host: Host = {
    process: {
      platform,
      kill(_pid, signal) {
        if (signal === 0 && fails?.code === "ESRCH") throw Object.assign(new Error("kill ESRCH"), fails);
        signals.push(signal);
      },
    },
    files: {
      readFileSync() {
        if (fails !== undefined) throw Object.assign(new Error("read failed."), fails);
        const mask = looks++ >= handlesAfter ? "0000000100004643" : "0000000100004443";
        return `Name:\tsome\nState:\t${state} (some)\nSigCgt:\t${mask}\n`;
      },
      readlinkSync: (path) => path.endsWith("/exe") ? program : path.includes("self") ? "net:[1]" : network,
    },
  };
  return { host, signals };
}

describe("openInspector()", () => {
  it("sends the signal to Node and Deno", async () => {
    for (const program of ["/usr/bin/node", "/opt/nodejs", "/x/node24", "/usr/bin/deno", "/usr/bin/deno (deleted)"]) {
      const { host, signals } = hostWith({ program });
      await runVirtual(() => openInspector(PID, host));
      assertEquals(signals, [0, "SIGUSR1"], program);
    }
  });

  it("waits until a process that has just begun handles it", async () => {
    const { host, signals } = hostWith({ handlesAfter: 20 });
    await runVirtual(() => openInspector(PID, host));
    assertEquals(signals, [0, "SIGUSR1"]);
  });

  it("says what to do where it sends no signal, and sends none", async () => {
    const refused: [Made, RegExp][] = [
      [{ platform: "win32" }, /^No signal .* on Windows\. Start the program with --inspect, and write :9229; or call/],
      [{ platform: "darwin" }, /^Cannot tell on macOS what process .* write kill -USR1 2147483000 yourself/],
      [{ platform: "freebsd" }, /^Cannot tell on freebsd what process/],
      [{ handlesAfter: Infinity }, /is Deno, and does not open .*: it has only just begun, .* a version that cannot/],
      [{ handlesAfter: Infinity, program: "/x/node" }, /is Node, and does not open .* started with --disable-sigusr1/],
      [{ program: "/usr/bin/bash", handlesAfter: Infinity }, /is bash: it would be ended by SIGUSR1/],
      [{ program: "/usr/bin/python3" }, /is python3: it may take SIGUSR1 for something else/],
      [{ program: "/usr/bin/denote" }, /is denote: it may take/],
      [{ state: "T" }, /is stopped, and answers when it goes on: kill -CONT 2147483000/],
      [{ state: "Z" }, /has ended, and its parent has not looked at it yet/],
      [{ network: "net:[2]" }, /has a network of its own, as in a container/],
      [{ fails: { code: "ESRCH" } }, /^There is no process 2147483000\. A port is written as :2147483000\./],
      [{ fails: { code: "EACCES" } }, /^Cannot look at process \d+: it belongs to somebody else/],
      [{ fails: { code: "ENOENT" } }, /: it is a part of the system, or has just ended\.$/],
      [{ fails: { name: "NotCapable" } }, /: Deno wants --allow-all for that\.$/],
      [{ fails: { code: "EIO" } }, /: read failed\.$/],
    ];
    for (const [made, words] of refused) {
      const { host, signals } = hostWith(made);
      const error = await assertRejects(() => runVirtual(() => openInspector(PID, host)), CommandError);
      assertMatch(error.message, words);
      assertEquals([error.code, signals.filter((signal) => signal !== 0)], [1, []]);
    }
  });
});

/** A process with these sockets, as `/proc` tells of them: each with an address, a port, a state and a number, all in hexadecimals. */
function filesWith(own: string[], tables: Record<string, string[]>): Files {
  return {
    readdirSync: () => ["0", "1", ...own],
    readlinkSync: (path) => {
      const fd = path.split("/").at(-1)!;
      if (fd === "1") throw new Error("It is closed.");
      return own.includes(fd) ? `socket:[${fd}]` : "/dev/null";
    },
    readFileSync: (path) => {
      const rows = tables[path.split("/").at(-1)!];
      if (rows === undefined) throw new Error("There is no such table.");
      const lines = rows.map((row, index) => {
        const [local, state, inode] = row.split(" ");
        return `   ${index}: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1`;
      });
      return ["  sl  local_address rem_address   st tx_queue rx_queue …", ...lines, ""].join("\n");
    },
  };
}

describe("listeningPlaces()", () => {
  it("has the addresses that reach a process, that of an inspector first", () => {
    const tcp = [
      "0100007F:1F40 0A 11",
      "00000000:1F41 0A 12",
      "0500007F:240D 0A 13",
      "0100007F:1F42 01 14",
      "0100007F:1F43 0A 99",
    ];
    const tcp6 = [
      "00000000000000000000000000000000:1F44 0A 15",
      "00000000000000000000000001000000:1F45 0A 16",
      "B80D0120000000000000000001000000:1F46 0A 17",
    ];
    const own = ["11", "12", "13", "14", "15", "16", "17"];
    assertEquals(listeningPlaces(PID, filesWith(own, { tcp, tcp6 })), [
      { host: "127.0.0.5", port: 9229 },
      { host: "127.0.0.1", port: 8000 },
      { host: "127.0.0.1", port: 8001 },
      { host: "::1", port: 8004 },
      { host: "0:0:0:0:0:0:0:1", port: 8005 },
      { host: "2001:db8:0:0:0:0:0:1", port: 8006 },
    ]);
    assertEquals(listeningPlaces(PID, filesWith(own, {})), []);
  });

  // Deno shows /proc only to programs that may do everything, which these tests may not.
  if (process.platform === "linux" && !("Deno" in globalThis)) {
    it("finds where a process listens", async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.5", resolve));
      const { port } = server.address() as { port: number };
      const places = listeningPlaces(process.pid);
      assert(places.some((place) => place.host === "127.0.0.5" && place.port === port), JSON.stringify(places));
      await new Promise((resolve) => server.close(resolve));
    });
  }

  it("finds nothing of a process that there is not", () => {
    assertEquals(listeningPlaces(PID), []);
  });
});
