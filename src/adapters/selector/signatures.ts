/**
 * The functions of the C library that are called, each with its parameters.
 *
 * @module
 */

/** What a parameter is: a number of 32 bits, one of 64, or memory. */
export type Parameter = "i32" | "u32" | "i64" | "bytes";

/**
 * The parameters of each function. All of them return 32 bits: none of the numbers that they return here is larger. Lengths have 32 bits as
 * well, which Deno passes in half the time that it takes for 64.
 */
export const SIGNATURES = {
  socket: ["i32", "i32", "i32"],
  bind: ["i32", "bytes", "u32"],
  listen: ["i32", "i32"],
  connect: ["i32", "bytes", "u32"],
  accept4: ["i32", "bytes", "bytes", "i32"],
  getsockname: ["i32", "bytes", "bytes"],
  getpeername: ["i32", "bytes", "bytes"],
  getsockopt: ["i32", "i32", "i32", "bytes", "bytes"],
  setsockopt: ["i32", "i32", "i32", "bytes", "u32"],
  shutdown: ["i32", "i32"],
  recv: ["i32", "bytes", "u32", "i32"],
  send: ["i32", "bytes", "u32", "i32"],
  recvfrom: ["i32", "bytes", "u32", "i32", "bytes", "bytes"],
  sendmsg: ["i32", "bytes", "i32"],
  sendto: ["i32", "bytes", "u32", "i32", "bytes", "u32"],
  read: ["i32", "bytes", "u32"],
  write: ["i32", "bytes", "u32"],
  writev: ["i32", "bytes", "i32"],
  sendfile: ["i32", "i32", "bytes", "u32"],
  fcntl: ["i32", "i32", "i32"],
  close: ["i32"],
  open: ["bytes", "i32"],
  if_nametoindex: ["bytes"],
  epoll_create1: ["i32"],
  epoll_ctl: ["i32", "i32", "i32", "bytes"],
  epoll_wait: ["i32", "bytes", "i32", "i32"],
  eventfd: ["u32", "i32"],
  syscall: ["i64", "i64", "i64", "i64", "i64", "i64"],
} as const satisfies Readonly<Record<string, readonly Parameter[]>>;

type Arguments<T extends readonly Parameter[]> = {
  -readonly [I in keyof T]: T[I] extends "bytes" ? Uint8Array : number;
};

type Functions = {
  readonly [Name in keyof typeof SIGNATURES]: (...args: Arguments<typeof SIGNATURES[Name]>) => number;
};

/** A library as a runtime opens it. Its functions return −1 when they fail. */
export interface HostLibrary extends Functions {
  /** The name that it was opened by. */
  readonly name: string;
  /** Why the last call has failed. A hint: what the runtime calls by itself in between may have set another number. */
  errno(): number;
  /** Where memory is. It stays there for as long as something refers to it. */
  addressOf(bytes: Uint8Array): number;
  /** Lets go of the library, where the runtime would miss that. */
  unload(): void;
}
