/**
 * Requests of HTTP/1.1, right and wrong, alone and in a row.
 *
 * @module
 */
import { join, latin1 } from "./mutate.ts";
import type { Random } from "./random.ts";

const METHODS = [
  "GET",
  "GET",
  "GET",
  "POST",
  "PUT",
  "HEAD",
  "OPTIONS",
  "DELETE",
  "TRACE",
  "CONNECT",
  "PATCH",
  "get",
  "G\0T",
  "",
];
const PATHS = [
  "/",
  "/plain",
  "/slow",
  "/stream",
  "/echo",
  "/unread",
  "/fails",
  "/hangs",
  "/upgrade",
  "/late",
  "/partly",
  "/header?%01",
  "/header?%0d%0aset-cookie:%20a",
  "/header?%7f",
  "/header?%C3%A4",
  "/empty",
  "*",
  "//",
  "/%",
  "/%00",
  "/a b",
  "/\x00",
  "/é",
  "/?x=[",
  "/#",
  "a:80",
  "http://127.0.0.1/plain",
  "http://[::1/plain",
  "http://evil.example/plain",
  "https://a:99999/",
  "?",
  "",
  "/..//../%2e%2e/plain",
]; // deno-fmt-ignore-line
const VERSIONS = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.1 ", ""];
const HOSTS = [
  "127.0.0.1",
  "localhost:80",
  "a.example",
  "[::1]",
  "[::1",
  "",
  "a b",
  "a/b",
  "localhost/url?x=",
  "a,b",
  "a:99999",
  "\xe4",
  "a\0",
  "@",
];
const UPGRADES = ["websocket", "WebSocket", "h2c", "websocket, h2c", "TLS/1.0", "", "x"];
const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/** What a body is announced with, and the body. */
function body(random: Random): [headers: string[], bytes: Uint8Array] {
  const bytes = random.oneIn(40) ? random.bytes(200_000) : random.bytes(random.length(70_000));
  const { length } = bytes;
  const chunked = "Transfer-Encoding: chunked";
  return random.make<[string[], Uint8Array]>(
    () => [[`Content-Length: ${length}`], bytes],
    () => [[`Content-Length: ${length}`], bytes],
    () => [[chunked], chunks(random, bytes)],
    () => [[chunked], chunks(random, bytes)],
    () => [[`Content-Length: ${length + random.between(1, 100)}`], bytes],
    () => [[`Content-Length: ${Math.max(0, length - random.between(1, 100))}`], bytes],
    () => [[`Content-Length: ${length}`, chunked], chunks(random, bytes)],
    () => [[`Content-Length: ${length}`, `Content-Length: ${length + 1}`], bytes],
    () => [[
      `Content-Length: ${
        random.pick(["-1", "+1", "0x10", "1e3", "1,1", " ", "", "9".repeat(30), "4294967296", "\xb2"])
      }`,
    ], bytes],
    () => [[
      `Transfer-Encoding: ${
        random.pick(["gzip", "chunked, chunked", "identity", "chunked;q=1", "x, chunked", "", "CHUNKED"])
      }`,
    ], chunks(random, bytes)],
    () => [[`Content-Length: ${length}`, "Expect: 100-continue"], bytes],
    () => [[`Content-Length: ${length}`, "Expect: nothing"], bytes],
    () => [[], bytes],
  );
}

function chunks(random: Random, bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const size = (length: number) =>
    random.oneIn(12)
      ? random.pick([
        "-1",
        "g",
        "",
        " 1",
        "0x1",
        "fffffffffffffffff",
        "7fffffffffffffff",
        `${length.toString(16)};a=b`,
        "1;\0",
        `${length.toString(16)}\n`,
      ])
      : length.toString(16);
  for (let at = 0; at < bytes.length && parts.length < 200;) {
    const part = bytes.subarray(at, at + random.between(1, Math.max(1, bytes.length / 2)));
    parts.push(
      latin1(`${size(part.length)}${random.oneIn(15) ? "\n" : "\r\n"}`),
      part,
      latin1(random.oneIn(15) ? "" : "\r\n"),
    );
    at += part.length;
  }
  const end = random.pick([
    "0\r\n\r\n",
    "0\r\n\r\n",
    "0\r\n\r\n",
    "0\r\nTrailer: x\r\n\r\n",
    "0\r\nContent-Length: 5\r\n\r\n",
    "00\r\n\r\n",
    "",
    "0\r\n",
  ]);
  return join([...parts, latin1(end)]);
}

function header(random: Random): string {
  return random.make<string>(
    () => `X-A: ${"a".repeat(random.length(20_000))}`,
    () => `${"b".repeat(random.length(300))}: b`,
    () => `X-B: ${String.fromCharCode(random.below(256))}`,
    () => `X-${String.fromCharCode(random.below(256))}: b`,
    () =>
      random.pick([
        "X-C",
        ": x",
        " folded",
        "\tfolded",
        "X-D : x",
        "X-E:x\rY: z",
        "X-F:\0",
        "__proto__: x",
        "constructor: x",
        "Cookie: =;=;",
      ]),
    () =>
      `Connection: ${
        random.pick(["close", "keep-alive", "Upgrade", "TE", "close, keep-alive", "x", "", "host", "content-length"])
      }`,
    () => `Host: ${random.pick(HOSTS)}`,
    () => `Accept-Encoding: ${random.pick(["gzip", "*;q=0", "br", "\xff"])}`,
    () => `Range: ${random.pick(["bytes=0-", "bytes=-1", "x"])}`,
    () => `Upgrade: ${random.pick(UPGRADES)}`,
    () => `Keep-Alive: timeout=${random.pick(["0", "-1", "99999999999"])}`,
  );
}

/** A request that asks for another protocol, more or less as it should. */
export function upgrade(random: Random): Uint8Array {
  const right = random.oneIn(2);
  const keep = (line: string) => right || !random.oneIn(5) ? [line] : [];
  const lines = [
    `${right || !random.oneIn(6) ? "GET" : random.pick(METHODS)} ${
      right ? "/upgrade" : random.pick(["/upgrade", "/plain", "/slow", "/echo"])
    } HTTP/1.1`,
    ...keep("Host: 127.0.0.1"),
    ...keep(
      `Connection: ${
        right ? "Upgrade" : random.pick(["Upgrade", "keep-alive, Upgrade", "close", "upgrade,", "Upgrade, close"])
      }`,
    ),
    ...keep(`Upgrade: ${right ? "websocket" : random.pick(UPGRADES)}`),
    ...keep(`Sec-WebSocket-Version: ${right ? 13 : random.pick(["13", "8", "14", "", "13, 8"])}`),
    ...keep(
      right || random.oneIn(2)
        ? KEY
        : `Sec-WebSocket-Key: ${random.pick(["", "x", "=", "a".repeat(24), "\xff".repeat(24)])}`,
    ),
    ...(random.oneIn(3) ? [`Sec-WebSocket-Protocol: ${random.pick(["chat", "a, b", "", ",", "chat,chat"])}`] : []),
    ...(random.oneIn(3)
      ? [
        `Sec-WebSocket-Extensions: ${
          random.pick(["permessage-deflate", "permessage-deflate; client_max_window_bits=99", ";", "x"])
        }`,
      ]
      : []),
    ...(!right && random.oneIn(4) ? ["Content-Length: 3"] : []),
  ];
  return latin1(`${lines.join("\r\n")}\r\n\r\n`);
}

/** One request. */
export function request(random: Random): Uint8Array {
  if (random.oneIn(8)) return upgrade(random);
  const wrong = random.oneIn(2);
  const method = wrong ? random.pick(METHODS) : random.pick(["GET", "POST", "HEAD", "PUT"]);
  const path = wrong ? random.pick(PATHS) : random.pick(PATHS.slice(0, 12));
  const version = wrong && random.oneIn(2) ? random.pick(VERSIONS) : "HTTP/1.1";
  const hosts = wrong && random.oneIn(3) ? random.several(2, () => `Host: ${random.pick(HOSTS)}`) : ["Host: 127.0.0.1"];
  if (wrong && random.oneIn(8)) hosts.length = 0;
  const [announced, bytes] = method === "GET" && !random.oneIn(6) ? [[], new Uint8Array()] : body(random);
  const others = random.oneIn(2) ? random.several(random.oneIn(20) ? 150 : 4, () => header(random)) : [];
  const newline = wrong && random.oneIn(10) ? random.pick(["\n", "\r", "\r\r\n"]) : "\r\n";
  const head = [`${method} ${path} ${version}`, ...hosts, ...announced, ...(wrong ? others : [])].join(newline);
  return join([latin1(`${head}${newline}${newline}`), bytes]);
}

/** Several in a row, in one connection, without waiting for an answer. */
export function pipeline(random: Random): Uint8Array {
  const good = latin1("GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  return join(random.several(6, () => random.oneIn(2) ? good : request(random)));
}

/** What is no HTTP/1.1 at all. */
export function noise(random: Random): Uint8Array {
  return random.make<Uint8Array>(
    () => random.bytes(random.length(5_000)),
    () => latin1("\r\n".repeat(random.length(2_000))),
    () => latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
    () => join([latin1("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"), random.bytes(508)]),
    () => latin1(`GET /${"a".repeat(random.length(100_000))}`),
    () => latin1("GET / HTTP/1.1\r\n" + "a: b\r\n".repeat(random.length(5_000))),
    () => latin1(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"\t ".repeat(random.length(20_000))}`),
  );
}
