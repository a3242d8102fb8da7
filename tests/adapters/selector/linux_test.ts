import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import * as linux from "../../../src/adapters/selector/linux.ts";
import { nameOf } from "../../../src/adapters/selector/system_errors.ts";

/** Where the kernel's headers are, as Debian's `linux-libc-dev` has them. Those of `asm-generic` are what arm64 has, and but for calls x86-64. */
const INCLUDE = "/usr/include";
const X64 = `${INCLUDE}/x86_64-linux-gnu/asm/unistd_64.h`;
const GENERIC = [
  "asm-generic/errno-base.h",
  "asm-generic/errno.h",
  "asm-generic/fcntl.h",
  "asm-generic/ioctls.h",
  "asm-generic/socket.h",
  "linux/eventpoll.h",
  "linux/fcntl.h",
  "linux/in.h",
  "linux/in6.h",
  "linux/stat.h",
  "linux/tcp.h",
];

/** What the C library calls otherwise than the kernel does. */
const SAME_AS: Readonly<Record<string, string>> = {
  SOCK_NONBLOCK: "O_NONBLOCK",
  SOCK_CLOEXEC: "O_CLOEXEC",
  EFD_NONBLOCK: "O_NONBLOCK",
  EFD_CLOEXEC: "O_CLOEXEC",
};

/** Those of `sys/socket.h`, which the kernel's headers for programs lack. */
const OF_THE_C_LIBRARY: Readonly<Record<string, number>> = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  MSG_NOSIGNAL: 0x4000,
  SHUT_WR: 1,
  IPPROTO_TCP: 6,
  IPPROTO_IPV6: 41,
};

function read(path: string, into = new Map<string, number>()): Map<string, number> {
  for (
    const [, name, value] of readFileSync(path, "utf8").matchAll(
      /^#define\s+(\w+)\s+(?:\([^)]*\)\s*)?(0x[\da-f]+|\d+)/gim,
    )
  ) {
    if (!into.has(name!)) into.set(name!, /^0\d/.test(value!) ? parseInt(value!, 8) : Number(value));
  }
  return into;
}

describe("The numbers of Linux", { ignore: !existsSync(X64) }, () => {
  const kernel = new Map<string, number>();
  const headers = (): Map<string, number> => {
    if (kernel.size === 0) {
      for (const name of GENERIC) if (existsSync(`${INCLUDE}/${name}`)) read(`${INCLUDE}/${name}`, kernel);
    }
    return kernel;
  };

  it("are those of the kernel's headers", () => {
    let looked = 0;
    for (const [name, value] of Object.entries(linux)) {
      if (typeof value !== "number") continue;
      const expected = OF_THE_C_LIBRARY[name] ?? headers().get(SAME_AS[name] ?? name);
      assertEquals(value, expected, name);
      looked++;
    }
    assert(looked > 50, `${looked}`);
  });

  it("of errors have their names", () => {
    const codes = [...headers()].filter(([name]) => /^E[A-Z0-9]+$/.test(name) && !name.startsWith("EPOLL"));
    const known = codes.filter(([name, value]) => nameOf(value) === name);
    assert(known.length > 40, `${known.length}`);
    // Each one that has a name has its own.
    for (const [name, value] of codes) {
      assert([name, "EIO"].includes(nameOf(value)), `${name} ${value} ${nameOf(value)}`);
    }
  });

  it("of system calls are those of each processor", () => {
    const files = { x64: X64, arm64: `${INCLUDE}/asm-generic/unistd.h` };
    for (const [machine, path] of Object.entries(files)) {
      const numbers = read(path);
      const { calls } = linux.MACHINES[machine]!;
      assertEquals(calls, {
        ioSetup: numbers.get("__NR_io_setup")!,
        ioGetevents: numbers.get("__NR_io_getevents")!,
        ioSubmit: numbers.get("__NR_io_submit")!,
        ioCancel: numbers.get("__NR_io_cancel")!,
        statx: numbers.get("__NR_statx")!,
      }, machine);
    }
  });

  it("of an event lie where each processor has them: they are packed on x86-64 alone", () => {
    const [packed] = /#ifdef __x86_64__\s+#define EPOLL_PACKED __attribute__\(\(packed\)\)/.exec(
      readFileSync(`${INCLUDE}/linux/eventpoll.h`, "utf8"),
    )!;
    assert(packed);
    const layout = (machine: string) => [linux.MACHINES[machine]!.eventWords, linux.MACHINES[machine]!.dataWord];
    assertEquals([layout("x64"), layout("arm64")], [[3, 1], [4, 2]]);
  });
});
