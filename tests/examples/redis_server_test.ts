import { connect } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { within } from "../within.ts";
import { Client, whileServing } from "./program.ts";

/** Starts the server and connects so many clients to it. */
function withClients(count: number, talk: (...clients: Client[]) => Promise<void>): Promise<void> {
  return whileServing("redis_server.ts", ["--port", "0"], 130, async (port) => {
    const clients: Client[] = [];
    for (let i = 0; i < count; i++) clients.push(await Client.connect(port));
    await talk(...clients);
    for (const client of clients) await client.leave();
  });
}

/** Sends inline commands, and checks the reply to each. In replies that are arrays or strings a space stands for the end of a line. */
async function answers(client: Client, ...dialogue: string[]): Promise<void> {
  for (const line of dialogue) {
    const [command = "", reply = ""] = line.split(" → ");
    client.send(`${command}\r\n`);
    await client.hears(`${/^[*$]/.test(reply) ? reply.replaceAll(" ", "\r\n") : reply}\r\n`);
  }
}

/** A command as programs send it. */
function encode(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

async function readLine({ reader }: Client): Promise<string> {
  return new TextDecoder().decode(await within(reader.readline(), "a line")).trimEnd();
}

describe("The Redis server", () => {
  it("answers a pipeline in order, of both kinds of commands, also when it comes byte by byte", async () => {
    await withClients(1, async (client) => {
      const pipeline = encode("SET", "k", "a b") + "GET k\r\n" + encode("GET", "none") + "PING\r\n";
      const replies = "+OK\r\n$3\r\na b\r\n$-1\r\n+PONG\r\n";
      client.send(pipeline);
      await client.hears(replies);
      for (const byte of pipeline) {
        client.send(byte);
        await client.writer.drain();
        await new Promise((resolve) => setTimeout(resolve));
      }
      await client.hears(replies);
      client.send(pipeline.repeat(2_000));
      for (let i = 0; i < 2_000; i++) await client.hears(replies);
    });
  });

  it("keeps every byte of keys and values", async () => {
    await withClients(1, async (client) => {
      const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
      client.send(encode("SET", bytes, bytes) + encode("GET", bytes));
      await client.hears(`+OK\r\n$256\r\n${bytes}\r\n`);
      await answers(client, 'SET q "\\x00\\r\\n\\"end" → +OK');
      client.send(encode("GET", "q"));
      await client.hears('$7\r\n\0\r\n"end\r\n');
    });
  });

  it("has strings and numbers of 64 bits", async () => {
    await withClients(1, async (client) => {
      await answers(
        client,
        "SET a 1 NX → +OK",
        "SET a 2 NX → $-1",
        "SET a 2 XX GET → $1 1",
        "SET none 1 XX GET → $-1",
        "GET a → $1 2",
        "MSET b 1 c 2 → +OK",
        "MGET a none c → *3 $1 2 $-1 $1 2",
        "APPEND a xyz → :4",
        "GETDEL a → $4 2xyz",
        "EXISTS a b b → :2",
        "INCR n → :1",
        "INCRBY n 9223372036854775806 → :9223372036854775807",
        "INCR n → -ERR increment or decrement would overflow",
        "DECR n → :9223372036854775806",
        "DEL n b none → :2",
        "DBSIZE → :1",
      );
    });
  });

  it("has lists, sets and hashes, none of them empty", async () => {
    await withClients(1, async (client) => {
      await answers(
        client,
        "RPUSH l c d e → :3",
        "LPUSH l b a → :5",
        "LRANGE l 1 -2 → *3 $1 b $1 c $1 d",
        "LRANGE l 5 9 → *0",
        "LLEN l → :5",
        "LPOP l → $1 a",
        "RPOP l 2 → *2 $1 e $1 d",
        "LPOP l 9 → *2 $1 b $1 c",
        "EXISTS l → :0",
        "SADD s a b a → :2",
        "SISMEMBER s a → :1",
        "SMEMBERS s → *2 $1 a $1 b",
        "SREM s a b c → :2",
        "TYPE s → +none",
        "HSET h f 1 g 2 → :2",
        "HSET h f 3 → :0",
        "HGET h f → $1 3",
        "HGETALL h → *4 $1 f $1 3 $1 g $1 2",
        "HDEL h f g → :2",
        "EXISTS h → :0",
      );
    });
  });

  it("finds keys by pattern and by cursor", async () => {
    await withClients(1, async (client) => {
      await answers(
        client,
        "MSET one 1 two 2 three 3 [x] 4 → +OK",
        "KEYS t* → *2 $3 two $5 three",
        "KEYS ?[^a-m]e → *1 $3 one",
        "KEYS \\[x] → *1 $3 [x]",
        "SCAN 0 COUNT 2 → *2 $1 2 *2 $3 one $3 two",
        "DEL one → :1",
        "SCAN 2 COUNT 2 MATCH t* → *2 $1 0 *1 $5 three",
      );
    });
  });

  it("takes every text for a pattern, as Redis does, also one that is no regular expression", async () => {
    await withClients(1, async (client) => {
      await answers(client, "MSET a 1 b 2 - 3 ] 4 [a 5 ab 6 z] 7 \\ 8 → +OK");
      for (
        const [pattern, ...found] of [
          ["[z-a]", "a", "b"],
          ["[a-", "a", "-"],
          ["[a", "a"],
          ["[", ...[]],
          ["[]", ...[]],
          ["[^]]", "z]"],
          ["[^z-a]", "-", "]", "\\"],
          ["\\[a", "[a"],
          ["\\", "\\"],
          ["[\\]]", "]"],
          ["[a-b]b", "ab"],
          ["[[]a", "[a"],
          ["(", ...[]],
          ["a{1}|b", ...[]],
          ["$^", ...[]],
        ] as const
      ) {
        const keys = found.map((key) => `$${key.length}\r\n${key}\r\n`).join("");
        client.send(encode("SCAN", "0", "COUNT", "100", "MATCH", pattern));
        await client.hears(`*2\r\n$1\r\n0\r\n*${found.length}\r\n${keys}`);
        client.send(encode("KEYS", pattern));
        await client.hears(`*${found.length}\r\n${keys}`);
      }
    });
  });

  it("answers soon when a pattern is all stars", async () => {
    await withClients(1, async (client) => {
      const key = "a".repeat(5_000);
      client.send(encode("SET", key, "1") + encode("KEYS", `${"*a".repeat(50)}*b`) + encode("KEYS", "*a".repeat(50)));
      await client.hears(`+OK\r\n*0\r\n*1\r\n$5000\r\n${key}\r\n`);
    });
  });

  it("tells a client that sends more than fits why, and keeps none of it", async () => {
    await withClients(2, async (client, other) => {
      client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n");
      const part = new Uint8Array(1024 * 1024);
      for (let i = 0; i < 100; i++) {
        client.writer.write(part);
        await client.writer.drain();
      }
      await client.hears("-ERR Protocol error: invalid bulk length\r\n");
      await client.hearsEnd();
      await answers(other, "EXISTS k → :0");
    });
  });

  it("refuses what would grow without end: values, replies, commands of many long arguments", async () => {
    await withClients(2, async (client, other) => {
      const much = 48 * 1024 * 1024;
      const value = "x".repeat(much);
      client.send(
        encode("SET", "k", value) + encode("APPEND", "k", value) + encode("MGET", "k", "k", "k") + "PING\r\n",
      );
      await client.hears("+OK\r\n-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n");
      await client.hears("-ERR the reply is longer than 134217728 bytes\r\n+PONG\r\n");
      client.send(encode("MSET", "a", value, "b", value));
      await client.hears("-ERR Protocol error: too big mbulk request\r\n");
      await client.hearsEnd();
      await answers(other, "EXISTS a b k → :1", "BLPOP a 1e300 → -ERR timeout is out of range");
    });
  });

  it("goes on where it was in a command of many arguments that comes in small pieces", async () => {
    await withClients(1, async (client) => {
      const arguments_ = Array.from({ length: 5_000 }, (_, i) => String(i));
      const command = encode("RPUSH", "l", ...arguments_);
      for (let at = 0; at < command.length; at += 16) client.send(command.slice(at, at + 16));
      await client.hears(":5000\r\n");
      await answers(client, "LRANGE l 4998 -1 → *2 $4 4998 $4 4999");
    });
  });

  it("lets keys expire", async () => {
    await withClients(1, async (client) => {
      // Seconds may pass between the commands on a busy machine.
      const expiresIn = async (most: number) => {
        client.send("TTL a\r\n");
        const left = Number((await readLine(client)).slice(1));
        assert(left <= most && left > most - 50, `${left}`);
      };
      await answers(client, "SET a 1 EX 100 → +OK");
      await expiresIn(100);
      await answers(client, "INCR a → :2");
      await expiresIn(100);
      await answers(
        client,
        "PERSIST a → :1",
        "TTL a → :-1",
        "TTL none → :-2",
        "EXPIRE a 100 XX → :0",
        "EXPIRE a 10000000000 → :1",
      );
      await expiresIn(10_000_000_000);
      await answers(
        client,
        "SET a 1 → +OK",
        "PTTL a → :-1",
        "PEXPIRE a 1 → :1",
      );
      // It waits as long as it takes: the server's timer is what is tried.
      for (let reply = ":1"; reply !== ":0";) {
        client.send("EXISTS a\r\n");
        reply = await readLine(client);
      }
      await answers(client, "GET a → $-1", "DBSIZE → :0");
    });
  });

  it("words its errors as Redis does, and goes on", async () => {
    await withClients(1, async (client) => {
      client.send("foo bar 'b z'\r\nconstructor\r\n");
      await client.hears("-ERR unknown command 'foo', with args beginning with: 'bar' 'b z' \r\n");
      await client.hears("-ERR unknown command 'constructor', with args beginning with: \r\n");
      const notAnInteger = "-ERR value is not an integer or out of range";
      const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
      await answers(
        client,
        "GET → -ERR wrong number of arguments for 'get' command",
        "Mset a → -ERR wrong number of arguments for 'mset' command",
        "SET a 1 EX → -ERR syntax error",
        "SET a 1 EX 0 → -ERR invalid expire time in 'set' command",
        "SELECT 99 → -ERR DB index is out of range",
        "RPUSH l x → :1",
        `GET l → ${wrongType}`,
        `SADD l x → ${wrongType}`,
        "BLPOP l none -1 → -ERR timeout is negative",
        "BLPOP l none x → -ERR timeout is not a float or out of range",
        `LRANGE l 0 x → ${notAnInteger}`,
        "LPOP l -1 → -ERR value is out of range, must be positive",
        "SET a x → +OK",
        `INCR a → ${notAnInteger}`,
        `BLPOP a 1 → ${wrongType}`,
        "SCAN x → -ERR invalid cursor",
        "CONFIG REWRITE → -ERR unknown subcommand 'REWRITE'. Try CONFIG HELP.",
        "CLIENT SETNAME → -ERR wrong number of arguments for 'client|setname' command",
        "PING → +PONG",
      );
    });
  });

  for (
    const [said, error] of [
      ["*1\r\n+PING\r\n", "expected '$', got '+'"],
      ["*x\r\n", "invalid multibulk length"],
      ["*\r\n", "invalid multibulk length"],
      ["*1e3\r\n", "invalid multibulk length"],
      ["*0x1\r\n", "invalid multibulk length"],
      ["*99999999999999999999\r\n", "invalid multibulk length"],
      ["*1\r\n\r\n", "expected '$', got ' '"],
      ["*1\r\n$ 4\r\nPING\r\n", "invalid bulk length"],
      ["*1\r\n$67108865\r\n", "invalid bulk length"],
      ["*1\r\n$-1\r\n", "invalid bulk length"],
      ['GET "a\r\n', "unbalanced quotes in request"],
      ["x".repeat(70_000), "too big inline request"],
    ] as const
  ) {
    it(`tells a client of a protocol error and closes the connection: ${error}`, async () => {
      await withClients(2, async (client, other) => {
        client.send(`PING\r\n${said}`);
        await client.hears(`+PONG\r\n-ERR Protocol error: ${error}\r\n`);
        await client.hearsEnd();
        await answers(other, "PING → +PONG");
      });
    });
  }

  it("gives an element to who waits longest for it, after all that was pushed with it", async () => {
    await withClients(3, async (first, second, pusher) => {
      first.send("CLIENT ID\r\nBLPOP a b 0\r\nPING\r\n");
      await first.hears(":1\r\n");
      second.send("CLIENT ID\r\nBRPOP b 0\r\n");
      await second.hears(":2\r\n");
      await answers(pusher, "RPUSH b x y z → :3", "LRANGE b 0 -1 → *1 $1 y");
      await first.hears("*2\r\n$1\r\nb\r\n$1\r\nx\r\n+PONG\r\n");
      await second.hears("*2\r\n$1\r\nb\r\n$1\r\nz\r\n");
    });
  });

  it("ends BLPOP at its timeout, and the element that comes later stays", async () => {
    await withClients(2, async (client, pusher) => {
      await answers(client, "BLPOP a b 0.01 → *-1");
      await answers(pusher, "RPUSH a x → :1", "LRANGE a 0 -1 → *1 $1 x");
      await answers(client, "BLPOP a b 0 → *2 $1 a $1 x");
    });
  });

  it("cancels the BLPOP of a client that leaves, which takes nothing then", async () => {
    await withClients(2, async (leaving, other) => {
      leaving.send("CLIENT ID\r\nBLPOP a 0\r\n");
      await leaving.hears(":1\r\n");
      leaving.end();
      await leaving.hearsEnd();
      await answers(other, "RPUSH a x → :1", "LRANGE a 0 -1 → *1 $1 x");
    });
  });

  it("cancels the BLPOP of a client whose connection is reset, without a word", async () => {
    await whileServing("redis_server.ts", ["--port", "0"], 130, async (port) => {
      const other = await Client.connect(port);
      const resets = connect(port, "127.0.0.1");
      const closed = new Promise((resolve) => resets.once("close", resolve));
      resets.on("error", () => {});
      // What was not read when it leaves makes a reset of it.
      resets.once("data", () => resets.resetAndDestroy());
      resets.write("PING\r\nBLPOP a 0\r\n");
      await within(closed, "the end of a connection that is reset");
      // The server has seen it when it counts one client.
      for (let clients = ""; clients !== "connected_clients:1";) {
        other.send("INFO clients\r\n");
        const [, , line = ""] = [
          await readLine(other),
          await readLine(other),
          await readLine(other),
          await readLine(other),
        ];
        clients = line;
      }
      await answers(other, "RPUSH a x → :1", "LRANGE a 0 -1 → *1 $1 x");
      await other.leave();
    });
  });

  it("passes messages to those who subscribed", async () => {
    await withClients(2, async (subscriber, publisher) => {
      await answers(publisher, "PUBLISH news hello → :0");
      await answers(
        subscriber,
        "SUBSCRIBE news more → *3 $9 subscribe $4 news :1 *3 $9 subscribe $4 more :2",
        "PING x → *2 $4 pong $1 x",
        "GET a → -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
      );
      await answers(publisher, "PUBLISH news hello → :1");
      await subscriber.hears("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
      await answers(
        subscriber,
        "UNSUBSCRIBE → *3 $11 unsubscribe $4 news :1 *3 $11 unsubscribe $4 more :0",
        "PING → +PONG",
      );
      await answers(publisher, "PUBLISH news hello → :0");
    });
  });

  it("answers what redis-cli and redis-benchmark ask, and QUIT", async () => {
    await withClients(1, async (client) => {
      await answers(
        client,
        "CONFIG GET appendonly → *2 $10 appendonly $2 no",
        "CLIENT SETNAME me → +OK",
        "CLIENT SETINFO LIB-NAME x → +OK",
        "COMMAND DOCS → *0",
        "SELECT 1 → +OK",
        "SET a 1 → +OK",
        "SELECT 0 → +OK",
        "GET a → $-1",
        "FLUSHALL → +OK",
        "ECHO hello → $5 hello",
      );
      client.send("COMMAND COUNT\r\n");
      const count = Number((await readLine(client)).slice(1));
      assert(count >= 48);
      client.send("QUIT\r\nPING\r\n");
      await client.hears("+OK\r\n");
      await client.hearsEnd();
      assertEquals(client.reader.atEof(), true);
    });
  });

  it("closes the connections of clients that wait at Ctrl-C", async () => {
    await whileServing("redis_server.ts", ["--port", "0"], 130, async (port, example) => {
      const client = await Client.connect(port);
      client.send("PING\r\nBLPOP a 0\r\n");
      await client.hears("+PONG\r\n");
      example.interrupt();
      await client.hearsEnd();
      await client.leave();
    });
  });
});
