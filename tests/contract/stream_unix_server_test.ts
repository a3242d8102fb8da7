import { assert, assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  type Coroutine,
  EventLoop,
  type LazyAwaitable,
  openUnixConnection,
  OSError,
  type Server,
  startUnixServer,
} from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { CA, LOCALHOST } from "./certificates.ts";
import { bytes, echo, failure, play, REAL_ADAPTERS, text } from "./programs.ts";

const TLS = { ssl: LOCALHOST };
const TRUSTING = { ssl: { ca: CA }, serverHostname: "localhost" };

/** Everything that listens on a path. */
const KINDS: Readonly<Record<string, (path: string) => LazyAwaitable<Pick<Server, "close" | "waitClosed">>>> = {
  "a server": (path) => startUnixServer(echo, path),
  "a server with TLS": (path) => startUnixServer(echo, path, TLS),
  "an HTTP server": (path) => serve(() => new Response("hello"), { path }),
};

for (const adapter of REAL_ADAPTERS) {
  describe(`The file of a Unix server by "${adapter.name}"`, () => {
    let folder = "";
    let path = "";
    beforeEach(() => {
      // Short, since the path of a Unix socket must be.
      folder = mkdtempSync("/tmp/la-");
      path = `${folder}/socket`;
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    function* assertEchoes(where: string = path, options = {}): Coroutine<void> {
      const [reader, writer] = yield* openUnixConnection(where, options);
      writer.write(bytes("hello"));
      assertEquals(text(yield* reader.readexactly(5)), "hello");
      writer.close();
      yield* writer.waitClosed();
    }

    for (const [kind, listen] of Object.entries(KINDS)) {
      it(`of ${kind} is the only one in its folder, and removed when that closes`, async () => {
        await play(adapter, function* () {
          const server = yield* listen(path);
          assertEquals(readdirSync(folder), ["socket"]);
          server.close();
          assertEquals(readdirSync(folder), []);
          yield* server.waitClosed();
          assertEquals(readdirSync(folder), []);
        });
      });

      it(`of the successor of ${kind} stays when that closes`, async () => {
        await play(adapter, function* () {
          const first = yield* listen(path);
          const second = yield* startUnixServer(echo, path);
          first.close();
          yield* first.waitClosed();
          yield* assertEchoes();
          second.close();
          yield* second.waitClosed();
          assertEquals(readdirSync(folder), []);
        });
      });

      it(`of the successor of ${kind} stays when the loop of that closes`, async () => {
        const loop = new EventLoop({ adapter });
        await loop.runUntilComplete(listen(path));
        await play(adapter, function* () {
          const second = yield* startUnixServer(echo, path);
          loop.close();
          yield* assertEchoes();
          second.close();
          yield* second.waitClosed();
        });
        assertEquals(readdirSync(folder), []);
      });
    }

    it("stays with cleanupSocket: false, and the next server takes its place", async () => {
      await play(adapter, function* () {
        for (const ssl of [undefined, LOCALHOST]) {
          const server = yield* startUnixServer(echo, path, { cleanupSocket: false, ssl });
          yield* assertEchoes(path, ssl && TRUSTING);
          server.close();
          yield* server.waitClosed();
          assertEquals(readdirSync(folder), ["socket"]);
          assertEquals(((yield* failure(openUnixConnection(path))) as OSError).code, "ECONNREFUSED");
        }
      });
    });

    it("is not put where something else is, which stays as it was", async () => {
      writeFileSync(`${folder}/file`, "no socket");
      mkdirSync(`${folder}/folder`);
      await play(adapter, function* () {
        for (const [name, listen] of Object.entries(KINDS)) {
          for (const place of ["file", "folder"]) {
            const error = yield* failure(listen(`${folder}/${place}`));
            assert(error instanceof OSError, `${name}: ${error}`);
            assertEquals(error.code, "EADDRINUSE", `${name}: ${error}`);
            assert(error.message.startsWith(`Cannot listen on ${folder}/${place}: `), error.message);
          }
        }
      });
      assertEquals(readdirSync(folder).sort(), ["file", "folder"]);
      assertEquals(readFileSync(`${folder}/file`, "utf8"), "no socket");
    });

    it("stays with cleanupSocket: false in a folder with so long a path that only as short a name fits beside it", async () => {
      const deep = `${folder}/${"x".repeat(100 - folder.length)}`;
      mkdirSync(deep);
      await play(adapter, function* () {
        for (let i = 0; i < 2; i++) {
          const server = yield* startUnixServer(echo, `${deep}/s`, { cleanupSocket: false });
          yield* assertEchoes(`${deep}/s`);
          server.close();
          yield* server.waitClosed();
          assertEquals(readdirSync(deep), ["s"]);
        }
      });
    });

    it("is removed by the runtime itself if its path is longer than every system takes; the selector never does", async () => {
      const long = `${folder}/${"x".repeat(106 - folder.length)}`;
      await play(adapter, function* () {
        const server = yield* startUnixServer(echo, long, { cleanupSocket: false });
        yield* assertEchoes(long);
        server.close();
        yield* server.waitClosed();
        assertEquals(readdirSync(folder).length, adapter.name === "selector" ? 1 : 0);
      });
    });

    it("may have so long a path that only as short a name fits beside it", async () => {
      const deep = `${folder}/${"x".repeat(100 - folder.length)}`;
      mkdirSync(deep);
      await play(adapter, function* () {
        const server = yield* startUnixServer(echo, `${deep}/s`);
        yield* assertEchoes(`${deep}/s`);
        server.close();
        yield* server.waitClosed();
        assertEquals(readdirSync(deep), []);
      });
    });
  });
}
