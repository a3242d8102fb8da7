/**
 * Numbers of the Linux kernel, as x86-64 and arm64 have them.
 *
 * @module
 */

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const O_CLOEXEC = 0o2000000;
export const O_NONBLOCK = 0o4000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_ACCEPTCONN = 30;
export const SO_DOMAIN = 39;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;

export const MSG_NOSIGNAL = 0x4000;

export const SHUT_WR = 1;

export const AT_EMPTY_PATH = 0x1000;
export const STATX_TYPE = 1;
export const S_IFMT = 0o170000;
export const S_IFCHR = 0o020000;

export const F_GETFD = 1;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const FIONREAD = 0x541b;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;

export const EFD_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const EPERM = 1;
export const EINTR = 4;
export const EIO = 5;
export const EBADF = 9;
export const EAGAIN = 11;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ESPIPE = 29;
export const EPIPE = 32;
export const ENOSYS = 38;
export const EOVERFLOW = 75;
export const ENOTSOCK = 88;
export const EOPNOTSUPP = 95;
export const ECONNABORTED = 103;
export const ENOTCONN = 107;
export const EALREADY = 114;
export const EINPROGRESS = 115;

/** What differs between the two kinds of processors. */
export interface Machine {
  /** How many 32-bit words a `struct epoll_event` has: it is packed on x86-64 alone. */
  readonly eventWords: number;
  /** Of them, where its 64 bits of data begin. */
  readonly dataWord: number;
  /** The numbers of the system calls that the C library has no function for, or not each of them. */
  readonly calls: {
    readonly ioSetup: number;
    readonly ioGetevents: number;
    readonly ioSubmit: number;
    readonly ioCancel: number;
    readonly statx: number;
  };
}

/** By the name that runtimes have for it. */
export const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    eventWords: 3,
    dataWord: 1,
    calls: { ioSetup: 206, ioGetevents: 208, ioSubmit: 209, ioCancel: 210, statx: 332 },
  },
  arm64: {
    eventWords: 4,
    dataWord: 2,
    calls: { ioSetup: 0, ioGetevents: 4, ioSubmit: 2, ioCancel: 3, statx: 291 },
  },
};
