/**
 * What a simulated network does on command.
 */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  createTask,
  DatagramProtocol,
  type DatagramTransport,
  DeadlockError,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  OSError,
  Queue,
  RuntimeError,
  sleep,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
  TlsError,
} from "../../../mod.ts";
import {
  cancelEverywhere,
  CancelFailure,
  explore,
  ExploreError,
  LeakError,
  runVirtual,
  SimulatedNetwork,
  type SimulatedNetworkOptions,
  testLoop,
} from "../../../src/testing/mod.ts";
import { serve } from "../../../src/http/mod.ts";
import { LOCALHOST } from "../../contract/certificates.ts";
import { bytes, text } from "../../text.ts";

/** Sends back each line. */
async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  for (;;) {
    const line = await reader.readline();
    if (line.length === 0) break;
    writer.write(line);
  }
  writer.close();
}

/** Serves that for ever. */
async function echoServer(): Promise<void> {
  const server = await startServer(echo, "0.0.0.0", 7);
  await server.serveForever();
}

/** A network with the hosts `server`, where an echo runs, and `client`; the program is on a third. */
async function withEcho(
  options: SimulatedNetworkOptions,
  program: (network: SimulatedNetwork) => Promise<void>,
): Promise<SimulatedNetwork> {
  const network = new SimulatedNetwork({ seed: 1, ...options });
  network.addHost("server");
  network.addHost("client");
  await runVirtual(async () => {
    network.host("server").start(echoServer);
    await sleep(100);
    await program(network);
  }, { network });
  return network;
}

async function code(attempt: () => PromiseLike<unknown>): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    assertInstanceOf(error, OSError);
    return error.code;
  }
  return "none";
}

async function ask(reader: StreamReader, writer: StreamWriter, line = "hello\n"): Promise<string> {
  writer.write(bytes(line));
  return text(await reader.readline());
}

describe("A partition", () => {
  it("holds streams up, which go on when it heals", async () => {
    await withEcho({}, async (network) => {
      const [reader, writer] = await openConnection("server", 7);
      assertEquals(await ask(reader, writer), "hello\n");
      network.partition("main", "server");
      await assertRejects(() => timeout(5_000, () => ask(reader, writer)), TimeoutError);
      network.heal();
      assertEquals(text(await reader.readline()), "hello\n");
      writer.close();
    });
  });

  it("one way lets the other way through", async () => {
    await withEcho({}, async (network) => {
      const [reader, writer] = await openConnection("server", 7);
      network.partition("server", "main", { oneWay: true });
      const begun = network.now();
      writer.write(bytes("heard\n"));
      await assertRejects(async () => await timeout(1_000, () => reader.readline()), TimeoutError);
      const back = network.events().filter(({ kind, from, time }) =>
        kind === "send" && from === "server" && time > begun
      );
      assert(back.length > 0, "The server has answered.");
      network.heal("server", "main");
      assertEquals(text(await reader.readline()), "heard\n");
      writer.close();
    });
  });

  it("keeps who connects asking, until it heals or the time is over", async () => {
    await withEcho({}, async (network) => {
      network.partition("main", "server");
      const connecting = createTask(openConnection("server", 7));
      await sleep(10_000);
      assertEquals(connecting.done(), false);
      network.heal();
      const [, writer] = await connecting;
      writer.close();
      network.partition("main", "server");
      const begun = getRunningLoop().time();
      assertEquals(await code(() => openConnection("server", 7)), "ETIMEDOUT");
      const took = getRunningLoop().time() - begun;
      assert(took >= 130_000 && took < 130_001, `${took}`);
    });
  });

  it("ends a connection whose bytes nobody acknowledges for a quarter of an hour", async () => {
    await withEcho({}, async (network) => {
      const [reader, writer] = await openConnection("server", 7);
      network.partition("main", "server");
      writer.write(bytes("into the void\n"));
      assertEquals(await code(() => reader.readline()), "ETIMEDOUT");
      assert(network.now() > 900_000);
    });
  });
});

describe("A host that crashes", () => {
  it("runs nothing any more, no finally either, and its peers hear nothing until it is up again", async () => {
    const seen: string[] = [];
    const network = new SimulatedNetwork({ seed: 3 });
    const server = network.addHost("server");
    await runVirtual(async () => {
      server.start(async () => {
        seen.push("begun");
        try {
          await echoServer();
        } finally {
          seen.push("cleaned up");
        }
      });
      await sleep(100);
      const [reader, writer] = await openConnection("server", 7);
      assertEquals(await ask(reader, writer), "hello\n");
      server.crash();
      assertEquals(server.isUp, false);
      await assertRejects(() => timeout(60_000, () => ask(reader, writer)), TimeoutError);
      assertEquals(seen, ["begun"]);
      server.restart();
      // What is sent again meets a host that knows nothing of the connection.
      assertEquals(await code(() => reader.readline()), "ECONNRESET");
      await sleep(100);
      assertEquals(seen, ["begun", "begun"]);
      const [again, out] = await openConnection("server", 7);
      assertEquals(await ask(again, out), "hello\n");
      out.close();
    }, { network });
  });

  it("with resets tells its peers", async () => {
    await withEcho({}, async (network) => {
      const [reader, writer] = await openConnection("server", 7);
      assertEquals(await ask(reader, writer), "hello\n");
      network.host("server").crash({ resets: true });
      assertEquals(await code(() => reader.readline()), "ECONNRESET");
      assertEquals(
        await code(() => timeout(10_000, () => openConnection("server", 7))).catch(() => "no answer"),
        "no answer",
      );
      network.host("server").restart();
      await sleep(1);
      writer.close();
    });
  });

  it("fails what run() has returned, and takes its timers along", async () => {
    let ticks = 0;
    const network = new SimulatedNetwork();
    const host = network.addHost("worker");
    await runVirtual(async () => {
      const running = host.run(async () => {
        for (;;) {
          await sleep(10);
          ticks++;
        }
      });
      await sleep(101);
      host.crash();
      const error = await assertRejects(async () => await running, RuntimeError);
      assertStringIncludes(error.message, 'The host "worker" has crashed');
      await sleep(1_000);
      assertEquals(ticks, 10);
    }, { network });
  });

  it("may do so by its own hand: the step goes on to its next wait, and no further", async () => {
    const seen: string[] = [];
    const network = new SimulatedNetwork();
    const host = network.addHost("suicidal");
    await runVirtual(async () => {
      host.start(function* () {
        createTask(function* () {
          seen.push("another task");
          yield* sleep(0);
          seen.push("its second step");
        });
        yield* sleep(0);
        host.crash();
        seen.push("last words");
        yield* sleep(0);
        seen.push("a step after it");
      });
      await sleep(100);
      assertEquals(seen, ["another task", "last words"]);
    }, { network });
  });

  it("leaves the files of its Unix sockets, whose place the next server takes", async () => {
    const network = new SimulatedNetwork({ seed: 5 });
    const host = network.addHost("server");
    await runVirtual(async () => {
      let starts = 0;
      host.start(async () => {
        // The second time nobody listens on the file that is there.
        if (starts++ > 0) assertEquals(await code(() => openUnixConnection("/run/echo")), "ECONNREFUSED");
        const server = await startUnixServer(echo, "/run/echo");
        await server.serveForever();
      });
      await sleep(100);
      host.crash();
      host.restart();
      await sleep(100);
      await host.run(async () => {
        const [reader, writer] = await openUnixConnection("/run/echo");
        assertEquals(await ask(reader, writer), "hello\n");
        writer.close();
      });
      assertEquals(starts, 2);
    }, { network });
  });

  it("has no sockets left, and its port is free again", async () => {
    await withEcho({}, async (network) => {
      const server = network.host("server");
      const [, writer] = await openConnection("server", 7);
      await sleep(10);
      assertEquals(server.openSockets, 2);
      server.crash();
      assertEquals(server.openSockets, 0);
      server.restart();
      await sleep(100);
      assertEquals(server.openSockets, 1);
      writer.transport.abort();
    });
  });
});

describe("Descriptors that run out", () => {
  it("refuse who connects, and make others wait for who is accepted", async () => {
    const network = new SimulatedNetwork({ seed: 4 });
    const server = network.addHost("server", { descriptors: 3 });
    const client = network.addHost("client", { descriptors: 2 });
    const reports: string[] = [];
    await runVirtual(async () => {
      getRunningLoop().setExceptionHandler((_, { exception }) => reports.push((exception as OSError).code));
      server.start(echoServer);
      await sleep(100);
      await client.run(async () => {
        const [reader, writer] = await openConnection("server", 7);
        const [, second] = await openConnection("server", 7);
        assertEquals(await code(() => openConnection("server", 7)), "EMFILE");
        assertEquals(await ask(reader, writer), "hello\n");
        second.close();
        await second.waitClosed();
        const [again, third] = await openConnection("server", 7);
        assertEquals(await ask(again, third), "hello\n");
        writer.close();
        third.close();
      });
      const [one, first] = await openConnection("server", 7);
      const [, second] = await openConnection("server", 7);
      await sleep(10);
      // The third is connected as far as its system knows, but nobody has accepted it.
      const [waiting, third] = await openConnection("server", 7);
      third.write(bytes("late\n"));
      await sleep(1_000);
      assertEquals(reports, ["EMFILE"]);
      assertEquals(await ask(one, first), "hello\n");
      second.close();
      assertEquals(text(await waiting.readline()), "late\n");
      first.close();
      third.close();
    }, { network });
  });
});

describe("Names", () => {
  it("resolve to hosts, to others that setName() says, and are slow and fail on command", async () => {
    await withEcho({}, async (network) => {
      const loop = getRunningLoop();
      const found = await loop.getaddrinfo("server", 7);
      assertEquals(found.map(({ address }) => address), [network.host("server").address]);
      network.setName("db.internal", ["client", "server"]);
      // Nobody listens on the first.
      const [reader, writer] = await openConnection("db.internal", 7);
      assertEquals(await ask(reader, writer), "hello\n");
      writer.close();
      network.setDns({ latency: 3_000 });
      const begun = loop.time();
      await loop.getaddrinfo("server", 7);
      assertEquals(loop.time() - begun, 3_000);
      network.setDns({ failure: 1 });
      assertEquals(await code(() => openConnection("server", 7)), "EAI_AGAIN");
      assertEquals(await code(() => openConnection("localhost", 7)), "ECONNREFUSED");
      assertEquals(await loop.getnameinfo([network.host("client").address, 80]), ["client", "http"]);
    });
  });

  it("of hosts that do not exist are refused, with those that do", async () => {
    await withEcho({}, async (network) => {
      const error = await assertRejects(async () => await openConnection("sever", 7), OSError);
      assertEquals(error.code, "ENOTFOUND");
      assertStringIncludes(error.message, 'It has "main", "server", "client" and "localhost"');
      assertEquals(await code(() => openConnection("10.9.9.9", 7)), "EHOSTUNREACH");
      assertEquals(await code(() => startServer(echo, network.host("client").address, 7)), "EADDRNOTAVAIL");
      assertThrows(() => network.host("sever"), RangeError, 'the network has "main", "server", "client"');
      assertThrows(() => network.partition("server", "sever"), RangeError, "sever");
    });
  });
});

describe("A clock that is wrong", () => {
  it("goes ahead and too fast on its own host alone", async () => {
    const network = new SimulatedNetwork();
    const host = network.addHost("fast", { clockOffset: 1_000, clockRate: 2 });
    await runVirtual(async () => {
      const times = await host.run(async () => {
        const loop = getRunningLoop();
        const before = loop.time();
        await sleep(500);
        return [before, loop.time()];
      });
      assertEquals(Math.round(times[0]!), 1_000);
      assert(Math.abs(times[1]! - times[0]! - 500) < 0.01, `${times}`);
      assert(Math.abs(getRunningLoop().time() - 250) < 0.01, `${getRunningLoop().time()}`);
    }, { network });
  });
});

describe("Datagrams", () => {
  class Collector extends DatagramProtocol {
    readonly heard = new Queue<string>();
    override datagramReceived(data: Uint8Array) {
      this.heard.putNowait(text(data));
    }
  }

  async function sent(options: SimulatedNetworkOptions, count = 200): Promise<string[]> {
    const network = new SimulatedNetwork({ seed: 1, ...options });
    const sender = network.addHost("sender");
    return await runVirtual(async () => {
      const loop = getRunningLoop();
      const [, { heard }] = await loop.createDatagramEndpoint(() => new Collector(), { localAddr: ["0.0.0.0", 9] });
      await sender.run(async () => {
        const [transport]: [DatagramTransport, unknown] = await getRunningLoop().createDatagramEndpoint(
          () => new DatagramProtocol(),
          { remoteAddr: ["main", 9] },
        );
        for (let i = 0; i < count; i++) transport.sendto(bytes(`${i}`));
        transport.close();
      });
      await sleep(10_000);
      const all: string[] = [];
      while (!heard.empty()) all.push(heard.getNowait());
      return all;
    }, { network });
  }

  const numbers = Array.from({ length: 200 }, (_, i) => `${i}`);

  it("come all and in order if nothing else is said", async () => {
    assertEquals(await sent({}), numbers);
  });

  it("are lost", async () => {
    const heard = await sent({ loss: 0.3 });
    assert(heard.length > 100 && heard.length < 180, `${heard.length}`);
    assertEquals(heard, numbers.filter((number) => heard.includes(number)));
  });

  it("come twice", async () => {
    const heard = await sent({ duplicate: 0.5 });
    assert(heard.length > 250 && heard.length < 350, `${heard.length}`);
    assertEquals(new Set(heard).size, 200);
  });

  it("overtake one another", async () => {
    const heard = await sent({ reorder: 0.3 });
    assertEquals(heard.length, 200);
    assert(heard.join() !== numbers.join());
  });
});

describe("Links", () => {
  it("are slow: the latency of both ways, and the bandwidth", async () => {
    await withEcho({ pieces: false, latency: 50 }, async (network) => {
      network.setLink("main", "server", { latency: 100, bandwidth: 1_000 });
      const [reader, writer] = await openConnection("server", 7);
      const begun = network.now();
      await ask(reader, writer, `${"x".repeat(999)}\n`);
      // A second each way for the bytes, and 100 ms for the first and for the last of them.
      assert(Math.abs(network.now() - begun - 2_200) < 0.001, `${network.now() - begun}`);
      writer.close();
    });
  });

  it("reset streams in the middle", async () => {
    let resets = 0;
    for (let seed = 0; seed < 20; seed++) {
      await withEcho({ seed }, async (network) => {
        // The handler on the server fails as well, which is reported.
        getRunningLoop().setExceptionHandler(() => {});
        network.setLink("main", "server", { reset: 0.1 });
        try {
          const [reader, writer] = await openConnection("server", 7);
          for (let i = 0; i < 5; i++) await ask(reader, writer);
          writer.close();
        } catch (error) {
          assertInstanceOf(error, OSError);
          assert(error.code === "ECONNRESET", error.code);
          resets++;
        }
      });
    }
    assert(resets > 5 && resets < 20, `${resets}`);
  });

  it("lose pieces of streams, which come later and in order", async () => {
    await withEcho({ loss: 0.3 }, async () => {
      const [reader, writer] = await openConnection("server", 7);
      for (let i = 0; i < 50; i++) writer.write(bytes(`${i}\n`));
      for (let i = 0; i < 50; i++) assertEquals(text(await reader.readline()), `${i}\n`);
      writer.close();
    });
  });
});

describe("TLS on a simulated network", () => {
  it("is a handshake that may fail", async () => {
    for (const tlsFailure of [0, 1]) {
      const network = new SimulatedNetwork({ tlsFailure });
      const client = network.addHost("client");
      await runVirtual(async () => {
        await startServer(echo, "0.0.0.0", 443, { ssl: LOCALHOST });
        await client.run(async () => {
          const connecting = openConnection("main", 443, { ssl: true });
          if (tlsFailure === 1) {
            await assertRejects(async () => await connecting, TlsError);
            return;
          }
          const [reader, writer] = await connecting;
          assertEquals(await ask(reader, writer), "hello\n");
          writer.close();
          await writer.waitClosed();
        });
      }, { network });
    }
  });
});

describe("A run on a simulated network", () => {
  it("fails with what a program on another host throws", async () => {
    const network = new SimulatedNetwork();
    const host = network.addHost("worker");
    await assertRejects(
      () =>
        runVirtual(async () => {
          host.start(async () => {
            await sleep(10);
            throw new RangeError("out of order");
          });
          await sleep(1_000);
        }, { network }),
      RangeError,
      "out of order",
    );
  });

  it("serves HTTP on a Unix socket", async () => {
    const said = await testLoop(async () => {
      const server = await serve(() => new Response("by the file"), { path: "/run/http" });
      const [reader, writer] = await openUnixConnection("/run/http");
      writer.write(bytes("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"));
      const said = text(await reader.read());
      writer.close();
      await writer.waitClosed();
      server.close();
      await server.waitClosed();
      return said;
    }, { network: new SimulatedNetwork() });
    assertStringIncludes(said, "by the file");
  });

  it("starts what was started before", async () => {
    const network = new SimulatedNetwork();
    network.addHost("server").start(echoServer);
    await runVirtual(async () => {
      await sleep(100);
      const [reader, writer] = await openConnection("server", 7);
      assertEquals(await ask(reader, writer), "hello\n");
      writer.close();
    }, { network });
  });

  it("gives the result and the error of run()", async () => {
    const network = new SimulatedNetwork();
    const host = network.addHost("worker");
    await runVirtual(async () => {
      assertEquals(await host.run(sleep(10, "slept")), "slept");
      const failing = host.run(async () => {
        await sleep(1);
        throw new RangeError("here");
      });
      await assertRejects(async () => await failing, RangeError, "here");
    }, { network });
  });

  it("tells a deadlock, with what waits on other hosts", async () => {
    const error = await assertRejects(
      () =>
        withEcho({}, async () => {
          const [reader] = await openConnection("server", 7);
          await reader.readline();
        }),
      DeadlockError,
    );
    assertStringIncludes(error.message, 'On the host "server":');
  });

  it("is bounded by steps on other hosts as well", async () => {
    const network = new SimulatedNetwork();
    const host = network.addHost("busy");
    await assertRejects(
      () =>
        runVirtual(async () => {
          host.start(function* () {
            for (;;) yield* sleep(0);
          });
          await sleep(1_000);
        }, { network, maxSteps: 10_000 }),
      RuntimeError,
      "10000 steps",
    );
  });

  it("is explored, a network a seed", async () => {
    const seeds: number[] = [];
    await explore(async () => {
      const server = await startServer(echo, "0.0.0.0", 7);
      const [reader, writer] = await openConnection("main", 7);
      assertEquals(await ask(reader, writer), "hello\n");
      writer.close();
      await writer.waitClosed();
      server.close();
      await server.waitClosed();
    }, {
      seeds: 20,
      network: (seed) => {
        seeds.push(seed);
        return new SimulatedNetwork({ seed });
      },
    });
    assertEquals(seeds, Array.from({ length: 20 }, (_, seed) => seed));
  });

  it("is found to fail by some seed, again by the replay", async () => {
    const program = async () => {
      const server = await startServer(
        async (reader, writer) => {
          // A read is not a message.
          const data = await reader.read(100);
          if (text(data) !== "hello") throw new RangeError(`heard ${text(data)}`);
          writer.close();
        },
        "0.0.0.0",
        7,
      );
      const [reader, writer] = await openConnection("main", 7);
      writer.write(bytes("hello"));
      await reader.read();
      writer.close();
      server.close();
      await server.waitClosed();
    };
    const network = (seed: number) => new SimulatedNetwork({ seed });
    const failure = await assertRejects(() => explore(program, { network, seeds: 1_000 }), ExploreError);
    const again = await assertRejects(() => explore(program, { network, replay: failure.replay }), ExploreError);
    assertEquals([again.seed, again.trace], [failure.seed, failure.trace]);
  });

  it("fails a test that leaves a server open", async () => {
    await assertRejects(
      () => testLoop(async () => void await startServer(echo, "0.0.0.0", 7), { network: new SimulatedNetwork() }),
      LeakError,
      "What holds a socket",
    );
  });
});

describe("What a program on another host leaves", () => {
  const leaving = async (test: (network: SimulatedNetwork) => Promise<void>): Promise<readonly string[]> => {
    const network = new SimulatedNetwork();
    network.addHost("other");
    const error = await assertRejects(() => testLoop(() => test(network), { network }), LeakError);
    return error.leaks;
  };

  it("fails a test: a task, a timer, a socket, a swallowed cancel", async () => {
    const [task, timer] = await leaving((network) =>
      network.host("other").run(async () => {
        createTask(sleep(1_000), { name: "forgotten" });
        getRunningLoop().callLater(5_000, () => {});
        await sleep(1);
      }).then(() => {})
    );
    assertStringIncludes(task!, 'On the host "other": A task that has not ended');
    assertStringIncludes(task!, "name='forgotten'");
    assertStringIncludes(task!, "faults_test.ts");
    assertStringIncludes(timer!, 'On the host "other": A timer that is still set');

    const sockets = await leaving((network) =>
      network.host("other").run(async () => void await startServer(echo, "0.0.0.0", 7)).then(() => {})
    );
    assertStringIncludes(sockets[0]!, 'On the host "other": What holds a socket');

    const swallowed = await leaving(async (network) => {
      network.host("other").start(async () => {
        const task = createTask(async () => await sleep(10).then(() => {}, () => {}));
        await sleep(1);
        task.cancel();
        await task;
      });
      await sleep(100);
    });
    assertStringIncludes(swallowed[0]!, 'On the host "other": A cancel that was swallowed');
  });

  it("is no leak while it runs, after a crash, or if it is tidy", async () => {
    const network = new SimulatedNetwork();
    const server = network.addHost("server");
    const client = network.addHost("client");
    await testLoop(async () => {
      server.start(async () => await (await startServer(echo, "0.0.0.0", 7)).serveForever());
      await sleep(10);
      await client.run(async () => {
        const [reader, writer] = await openConnection("server", 7);
        writer.write(bytes("hello\n"));
        assertEquals(text(await reader.readline()), "hello\n");
        writer.close();
      });
      client.start(async () => {
        createTask(sleep(1_000));
        await sleep(50);
      });
      await sleep(10);
      client.crash();
      await sleep(10);
    }, { network });
  });

  it("fails a program that cancelEverywhere() cancels", async () => {
    const network = (seed: number) => {
      const network = new SimulatedNetwork({ seed });
      network.addHost("other").start(async () => {
        createTask(sleep(1_000), { name: "forgotten" });
        await sleep(1);
      });
      return network;
    };
    const error = await assertRejects(() => cancelEverywhere(async () => await sleep(10), { network }), CancelFailure);
    assertStringIncludes(error.message, 'On the host "other": A task that has not ended');
  });
});

describe("The events of the network", () => {
  const network = (seed: number) => {
    const network = new SimulatedNetwork({ seed });
    network.addHost("server").start(async () => await (await startServer(echo, "0.0.0.0", 7)).serveForever());
    return network;
  };
  const ask = async () => {
    await sleep(10);
    const [reader, writer] = await openConnection("server", 7);
    writer.write(bytes("hello\n"));
    await reader.readline();
    writer.close();
  };

  it("stand in the error of explore()", async () => {
    const program = async () => {
      await ask();
      throw new Error("wrong");
    };
    const error = await assertRejects(() => explore(program, { network }), ExploreError, "On the network:\n");
    assertStringIncludes(error.networkLog, "connect   main -> server");
    assertStringIncludes(error.message, error.networkLog);
    const again = await assertRejects(() => explore(program, { network, replay: error.replay }), ExploreError);
    assertEquals(again.networkLog, error.networkLog);
    const without = await assertRejects(() => explore(() => Promise.reject(new Error("wrong"))), ExploreError);
    assertEquals(without.networkLog, "");
    assertEquals(without.message.includes("On the network"), false);
  });

  it("stand in the error of cancelEverywhere()", async () => {
    const error = await assertRejects(() => cancelEverywhere(ask, { network }), CancelFailure, "On the network:\n");
    assertStringIncludes(error.networkLog, "connect   main -> server");
  });
});

describe("Mistakes with a simulated network", () => {
  it("are refused in words", async () => {
    const wrong: [options: object, error: ErrorConstructor, says: string][] = [
      [{ latancy: 1 }, TypeError, 'unknown option "latancy"'],
      [{ latency: -1 }, RangeError, "give milliseconds, or [least, most] of them"],
      [{ latency: [5, 1] }, RangeError, "[least, most]"],
      [{ latency: "1" }, RangeError, "latency"],
      [{ loss: 1.5 }, RangeError, "a probability from 0 to 1"],
      [{ reset: NaN }, RangeError, "a probability"],
      [{ bandwidth: 0 }, RangeError, "bytes a second"],
      [{ seed: 1.5 }, RangeError, "whole number"],
      [{ pieces: 1 }, TypeError, "true or false"],
      [{ buffer: 0 }, RangeError, "bytes"],
      [{ dns: { latency: NaN } }, RangeError, "latency of dns"],
      [{ dns: 5 }, TypeError, "the options are an object"],
    ];
    for (const [options, error, says] of wrong) assertThrows(() => new SimulatedNetwork(options as never), error, says);
    const network = new SimulatedNetwork();
    for (const name of ["", "a b", "localhost", "10.0.0.1", "-a", "main"]) {
      assertThrows(() => network.addHost(name), RangeError, "Cannot add");
    }
    assertThrows(() => network.addHost(5 as never), TypeError, "give a string");
    assertThrows(() => network.addHost("a", { clockRate: 0 }), RangeError, "clockRate");
    assertThrows(() => network.addHost("a", { descriptors: "5" as never }), RangeError, "descriptors");
    assertThrows(() => network.partition("main", "main", null as never), TypeError, "the options are an object");
    for (const call of ["partition", "heal", "setLink"] as const) {
      assertThrows(
        () => network[call]("main", "main", { oneWay: 1 } as never),
        TypeError,
        "oneWay: it is true or false",
      );
    }
    assertThrows(() => new SimulatedNetwork([] as never), TypeError, "the options are an object");
    assertThrows(() => network.addHost("a", { descriptors: 0 }), RangeError, "descriptors");
    const host = network.addHost("a");
    assertThrows(() => host.run(sleep(1)), RuntimeError, "outside of a running event loop");
    assertThrows(() => host.start(sleep(1) as never), TypeError, "it may run again after a crash");
    assertThrows(() => host.restart(), RuntimeError, "it is up");
    assertThrows(() => host.crash({ resets: "no" as never }), TypeError, "resets: it is true or false");
    assertThrows(() => network.main.crash(), RuntimeError, "it is where main runs");
    assertThrows(() => network.setLink("main", "a", null as never), TypeError, "the options are an object");
    assertThrows(() => network.setLink("main", "a", { latency: [1, 2, 3] as never }), RangeError, "[least, most]");
    assertThrows(() => network.setName("b", []), RangeError, "to no host");
    assertThrows(() => network.setName(5 as never, "a"), TypeError, "give a text");
    host.crash();
    assertThrows(() => host.crash(), RuntimeError, "it is down");
    assertThrows(() => host.start(async () => {}), RuntimeError, "it is down");
    assertThrows(() => network.setName("a", "a"), RangeError, "that of a host");
    assertThrows(() => network.partition(new SimulatedNetwork().main, "a"), RuntimeError, "another network");
    assertThrows(() => network.setLink("main", "a", { oneway: true } as never), TypeError, 'unknown option "oneway"');
    await assertRejects(() => runVirtual(sleep(1), { network: 5 as never }), TypeError, "give a SimulatedNetwork");
    await assertRejects(
      () => explore(async () => {}, { network: network as never }),
      TypeError,
      "(seed) => new SimulatedNetwork({ seed })",
    );
    await assertRejects(
      () => runVirtual(sleep(1), { network: () => 5 as never }),
      TypeError,
      "must return a SimulatedNetwork",
    );
  });

  it("such as a host of another network are refused, when it is to run something", async () => {
    const host = new SimulatedNetwork().addHost("a");
    await assertRejects(
      () => runVirtual(async () => void await host.run(sleep(1)), { network: new SimulatedNetwork() }),
      RuntimeError,
      "its network is not that of this run",
    );
  });

  it("such as two runs on one network are refused", async () => {
    const network = new SimulatedNetwork();
    await runVirtual(sleep(1), { network });
    await assertRejects(() => runVirtual(sleep(1), { network }), RuntimeError, "Make one for each run");
  });
});
