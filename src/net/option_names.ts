/**
 * The names of the options of everything that opens a socket.
 *
 * @module
 */
import type { OptionNames } from "../core/misuse.ts";
import type {
  ConnectAcceptedSocketOptions,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  GetaddrinfoOptions,
  OpenConnectionOptions,
  OpenUnixConnectionOptions,
  SendfileOptions,
  ServerOptions,
  StartServerOptions,
  StartTlsOptions,
  StartUnixServerOptions,
  StreamLimit,
  TlsOptions,
  TlsTimeouts,
} from "../io/socket_options.ts";

const TIMEOUTS: OptionNames<TlsTimeouts> = { sslHandshakeTimeout: true, sslShutdownTimeout: true };
const SERVER: OptionNames<ServerOptions> = { ssl: true, backlog: true, startServing: "boolean", ...TIMEOUTS };

/** The names of the options of `createUnixConnection`. */
export const UNIX_CONNECTION: OptionNames<CreateUnixConnectionOptions> = {
  ssl: true,
  serverHostname: true,
  ...TIMEOUTS,
};
/** The names of the options of `createConnection`. */
export const CONNECTION: OptionNames<CreateConnectionOptions> = {
  ...UNIX_CONNECTION,
  family: true,
  localAddr: true,
  happyEyeballsDelay: true,
  interleave: true,
  allErrors: "boolean",
};
/** The names of the options of `createServer`. */
export const TCP_SERVER: OptionNames<CreateServerOptions> = {
  ...SERVER,
  family: true,
  reusePort: "boolean",
  keepAlive: "boolean",
  fd: true,
};
/** The names of the options of `connectAcceptedSocket`. */
export const ACCEPTED_SOCKET: OptionNames<ConnectAcceptedSocketOptions> = { ssl: true, ...TIMEOUTS };
/** The names of the options of `createUnixServer`. */
export const UNIX_SERVER: OptionNames<CreateUnixServerOptions> = { ...SERVER, cleanupSocket: "boolean" };
/** The names of the options of `createDatagramEndpoint`. */
export const DATAGRAM_ENDPOINT: OptionNames<CreateDatagramEndpointOptions> = {
  localAddr: true,
  remoteAddr: true,
  family: true,
  reusePort: "boolean",
  allowBroadcast: "boolean",
};
/** The names of the options of `startTls`. */
export const START_TLS: OptionNames<StartTlsOptions> = { serverSide: "boolean", serverHostname: true, ...TIMEOUTS };
/** The names of the options that `ssl` and `tls` take. */
export const TLS: OptionNames<TlsOptions> = {
  cert: true,
  key: true,
  ca: true,
  alpnProtocols: true,
  rejectUnauthorized: "boolean",
  checkHostname: "boolean",
  requestCert: "boolean",
  identities: true,
};

/** The names of the options of `sendfile`. */
export const SENDFILE: OptionNames<SendfileOptions> = { offset: true, count: true, fallback: "boolean" };
/** The names of the options of `getaddrinfo`. */
export const GETADDRINFO: OptionNames<GetaddrinfoOptions> = { family: true };

const LIMIT: OptionNames<StreamLimit> = { limit: true };
/** The names of the options of `openConnection`. */
export const OPEN_CONNECTION: OptionNames<OpenConnectionOptions> = { ...CONNECTION, ...LIMIT };
/** The names of the options of `openUnixConnection`. */
export const OPEN_UNIX_CONNECTION: OptionNames<OpenUnixConnectionOptions> = { ...UNIX_CONNECTION, ...LIMIT };
/** The names of the options of `startServer`. */
export const START_SERVER: OptionNames<StartServerOptions> = { ...TCP_SERVER, ...LIMIT };
/** The names of the options of `startUnixServer`. */
export const START_UNIX_SERVER: OptionNames<StartUnixServerOptions> = { ...UNIX_SERVER, ...LIMIT };
