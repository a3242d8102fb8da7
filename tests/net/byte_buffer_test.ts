import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RuntimeError } from "../../mod.ts";
import { ByteBuffer } from "../../src/io/reader_state.ts";
import { bytes, text } from "./play_net.ts";

describe("A byte buffer", () => {
  it("gives an array that it was given for good as it is, when all of it is taken at once", () => {
    const buffer = new ByteBuffer();
    const chunk = bytes("chunk").slice();
    buffer.adopt(chunk);
    assertStrictEquals(buffer.take(100).buffer, chunk.buffer);
    assertEquals(buffer.length, 0);
  });

  it("leaves what lies around an array that it was given for good as it is", () => {
    const buffer = new ByteBuffer();
    const pool = bytes("before chunk after").slice();
    buffer.adopt(pool.subarray(7, 12));
    assertEquals(text(buffer.take(2)), "ch");
    buffer.append(bytes("y mi"));
    buffer.append(bytes("lk"));
    assertEquals(buffer.find(bytes("u"), 1), -1);
    assertEquals(text(buffer.take(100)), "unky milk");
    assertEquals([text(pool.subarray(0, 7)), text(pool.subarray(12))], ["before ", " after"]);
  });

  it("says so when its bytes were transferred with the memory around them, and never gives none as at the end", () => {
    for (const use of ["take", "take a part", "find", "append"]) {
      const buffer = new ByteBuffer();
      const pool = bytes("before chunk after").slice();
      buffer.adopt(pool.subarray(7, 12));
      structuredClone(pool.buffer, { transfer: [pool.buffer] });
      const uses: Record<string, () => unknown> = {
        "take": () => buffer.take(100),
        "take a part": () => buffer.take(2),
        "find": () => buffer.find(bytes("u"), 0),
        "append": () => buffer.append(bytes("y")),
      };
      assertThrows(uses[use]!, RuntimeError, "Transfer a copy: data.slice().buffer.");
    }
  });

  it("never shows later bytes in what was taken before", () => {
    const buffer = new ByteBuffer();
    const taken: Uint8Array[] = [];
    let expected = "";
    for (let i = 0; i < 200; i++) {
      const piece = String.fromCharCode(97 + i % 26).repeat(1 + i * 7 % 13);
      expected += piece;
      if (i % 3 === 0) buffer.append(bytes(piece));
      else buffer.adopt(bytes(piece));
      if (i % 5 !== 0) taken.push(buffer.take(i % 11 + 1));
    }
    taken.push(buffer.take(Infinity));
    assertEquals(taken.map(text).join(""), expected);
  });

  it("does not rely on the slice() of a subclass, which may be a view", () => {
    class View extends Uint8Array {
      override slice(start?: number, end?: number) {
        return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    const buffer = new ByteBuffer();
    buffer.adopt(new View(bytes("abcdef")));
    const taken = buffer.take(2);
    buffer.append(bytes("x".repeat(5)));
    assertEquals(text(taken), "ab");
    assertEquals(text(buffer.take(100)), "cdefxxxxx");
  });
});
