/**
 * Processes in both ways, in turns, on the runtime that runs this: `measure.ts NAMES ROUNDS smoke|full`.
 */
import { createSubprocessExec, DEVNULL, PIPE, Runner } from "../../mod.ts";
import { measureInTurns, smoke } from "../harness/turns.ts";
import { bare } from "./bare.ts";

const INPUT = new Uint8Array(1024);
const PIECE = new Uint8Array(64 * 1024);
const mebibytes = smoke ? 4 : 100;
const bytes = mebibytes * 1024 * 1024;
const pieces = bytes / PIECE.length;
const starts = { times: smoke ? 5 : 20 };
const flows = { times: 1, operations: mebibytes };

await measureInTurns(new Runner(), {
  talk: {
    ...starts,
    bare: () => bare.talk(INPUT),
    *module() {
      const process = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
      const [stdout, stderr] = yield* process.communicate(INPUT);
      return (yield* process.wait()) + stdout.length + stderr.length;
    },
  },
  wait: {
    ...starts,
    bare: () => bare.wait(),
    *module() {
      const process = yield* createSubprocessExec("true", [], { stdin: DEVNULL, stdout: DEVNULL, stderr: DEVNULL });
      return yield* process.wait();
    },
  },
  read: {
    ...flows,
    bare: () => bare.read(bytes),
    *module() {
      const process = yield* createSubprocessExec("head", ["-c", `${bytes}`, "/dev/zero"], { stdout: PIPE });
      let length = 0;
      for (;;) {
        const chunk = yield* process.stdout.read(1 << 20);
        if (chunk.length === 0) break;
        length += chunk.length;
      }
      yield* process.wait();
      return length;
    },
  },
  write: {
    ...flows,
    bare: () => bare.write(PIECE, pieces),
    *module() {
      const process = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: DEVNULL });
      for (let i = 0; i < pieces; i++) {
        process.stdin.write(PIECE);
        yield* process.stdin.drain();
      }
      process.stdin.close();
      return yield* process.wait();
    },
  },
}, 10);
