/**
 * The half of the contract with a runtime that is about sockets, on a simulated network.
 *
 * @module
 */
import type {
  DatagramEvents,
  DatagramOptions,
  HostDatagram,
  HostListener,
  HostStream,
  ListenEvents,
  LookupAnswer,
  NetAdapter,
  SocketAddress,
  TcpConnectOptions,
  TcpListenOptions,
  TlsClientOptions,
  TlsServerOptions,
  UnixListenOptions,
  UnixSocketFiles,
} from "../../adapters/net.ts";
import { listenError } from "../../adapters/shared/errors.ts";
import { formatSocketAddress, pathTooLong } from "../../adapters/shared/socket_errors.ts";
import { NotSupportedError, OSError } from "../../core/errors.ts";
import { ConnectCall, systemError } from "./connecting.ts";
import { SimulatedDatagram } from "./datagram.ts";
import { type Secure, SimulatedListener } from "./listener.ts";
import type { Machine } from "./machine.ts";
import { hostNames, lookup, reverseLookup } from "./names.ts";
import { secureClient, SecuredStream, secureServer } from "./tls.ts";

const NOTHING = new Uint8Array(0);

function internetAddress(address: string, port: number): Extract<SocketAddress, { readonly port: number }> {
  return { family: address.includes(":") ? "ipv6" : "ipv4", address, port };
}

/** The sockets of one host. */
export class SimulatedNet implements NetAdapter {
  readonly socketFiles: UnixSocketFiles;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
    const { incarnation } = machine;
    this.socketFiles = machine.files.seenBy(() => machine.isUp && machine.incarnation === incarnation);
  }

  async connectTcp(options: TcpConnectOptions): Promise<HostStream> {
    const { address, port, localAddress, localPort = 0, signal } = options;
    signal.throwIfAborted();
    const machine = this.#machine;
    const remote = internetAddress(address, port);
    const what = `Cannot connect to ${formatSocketAddress(remote)}`;
    if (!machine.hasDescriptor) throw systemError(what, "EMFILE");
    if (localAddress !== undefined && !machine.canBind(localAddress)) throw systemError(what, "EADDRNOTAVAIL");
    const target = machine.world.machineAt(address, machine);
    if (target === null) {
      const code = "EHOSTUNREACH";
      throw new OSError(
        `${what}: no host of the simulated network has that address. It has ${
          hostNames(machine)
        }; connect to them by name.`,
        { code, cause: Object.assign(new Error(`${code} (simulated)`), { code }) },
      );
    }
    if (localPort !== 0 && !machine.isFree(localAddress ?? "0.0.0.0", localPort, false)) {
      throw systemError(what, "EADDRINUSE");
    }
    const source = localAddress === undefined || localAddress === "0.0.0.0" || localAddress === "::"
      ? machine.sourceFor(address)
      : localAddress;
    const local = internetAddress(source, localPort || machine.freePort());
    return await new ConnectCall(machine, target, local, remote, () => target.listenerOn(address, port), signal)
      .promise;
  }

  async listenTcp(options: TcpListenOptions, events: ListenEvents): Promise<HostListener> {
    const { address, backlog, reusePort, tls } = options;
    const machine = this.#machine;
    const port = options.port || machine.freePort();
    const refuse = (code: string): never => {
      throw listenError(code, { hostname: address, port: options.port }, new Error(`${code} (simulated)`));
    };
    if (!machine.canBind(address)) refuse("EADDRNOTAVAIL");
    if (!machine.isFree(address, port, reusePort)) refuse("EADDRINUSE");
    if (!machine.hasDescriptor) refuse("EMFILE");
    const listener = new SimulatedListener({
      machine,
      address: internetAddress(address, port),
      backlog,
      reusePort,
      events,
      secure: secureBy(tls),
      closed: (listener) => machine.stopsListening(listener, port),
    });
    machine.listens(listener, port);
    machine.took(listener);
    return await Promise.resolve(listener);
  }

  async connectUnix(path: string, signal: AbortSignal): Promise<HostStream> {
    signal.throwIfAborted();
    const machine = this.#machine;
    const remote: SocketAddress = { family: "unix", path };
    const what = `Cannot connect to ${formatSocketAddress(remote)}`;
    if (!path.startsWith("\0") && pathTooLong(path)) throw systemError(what, "ENAMETOOLONG");
    const found = machine.files.find(path);
    if (found === undefined) throw systemError(what, path.startsWith("\0") ? "ECONNREFUSED" : "ENOENT");
    if (!machine.hasDescriptor) throw systemError(what, "EMFILE");
    const local: SocketAddress = { family: "unix", path: "" };
    return await new ConnectCall(machine, machine, local, remote, () => machine.files.find(path) ?? null, signal)
      .promise;
  }

  async listenUnix(options: UnixListenOptions, events: ListenEvents): Promise<HostListener> {
    const { path, bindTo = path, backlog, tls } = options;
    const machine = this.#machine;
    const refuse = (code: string): never => {
      throw listenError(code, { hostname: "", port: 0, path }, new Error(`${code} (simulated)`));
    };
    if (!path.startsWith("\0") && pathTooLong(path)) refuse("ENAMETOOLONG");
    if (machine.files.find(bindTo) !== undefined) refuse("EADDRINUSE");
    if (!machine.hasDescriptor) refuse("EMFILE");
    const listener = new SimulatedListener({
      machine,
      address: { family: "unix", path },
      backlog,
      reusePort: false,
      events,
      secure: secureBy(tls),
      closed: (listener) => {
        machine.files.stops(listener);
        machine.closed(listener);
      },
    });
    machine.files.add(bindTo, listener);
    machine.took(listener);
    return await Promise.resolve(listener);
  }

  async upgradeTls(stream: HostStream, options: TlsClientOptions, pending: Uint8Array): Promise<HostStream> {
    return await secureClient(SecuredStream.plain(stream), options, pending);
  }

  async upgradeTlsServer(stream: HostStream, options: TlsServerOptions, pending: Uint8Array): Promise<HostStream> {
    return await secureServer(SecuredStream.plain(stream), options, pending);
  }

  async openDatagram(options: DatagramOptions, events: DatagramEvents): Promise<HostDatagram> {
    const { local, remote, family, reusePort } = options;
    if (family === "unix" || local?.family === "unix" || remote?.family === "unix") {
      throw new NotSupportedError(
        "Cannot open a datagram socket of the Unix domain on a simulated network: use a stream, or UDP on 127.0.0.1.",
      );
    }
    const machine = this.#machine;
    const kind = local?.family ?? remote?.family ?? family;
    const any = kind === "ipv6" ? "::" : "0.0.0.0";
    const address = local?.address ?? (remote === null ? any : machine.sourceFor(remote.address));
    const port = local?.port || machine.freePort();
    const what = `Cannot open a datagram socket on ${formatSocketAddress(internetAddress(address, port))}`;
    if (!machine.canBind(address)) throw systemError(what, "EADDRNOTAVAIL");
    if (!machine.hasDescriptor) throw systemError(what, "EMFILE");
    const isTaken = machine.datagramsOn(port).some((other) =>
      !(reusePort && other.reusePort) && (other.localAddress.address === address || isAny(address) ||
        isAny(other.localAddress.address))
    );
    if (isTaken) throw systemError(what, "EADDRINUSE");
    const socket = new SimulatedDatagram(machine, internetAddress(address, port), remote, options, events);
    machine.bind(socket, port);
    return await Promise.resolve(socket);
  }

  async lookup(hostname: string, family: "ipv4" | "ipv6" | "any", signal: AbortSignal): Promise<LookupAnswer[]> {
    return await lookup(this.#machine, hostname, family, signal);
  }

  async reverseLookup(
    address: string,
    port: number,
    signal: AbortSignal,
  ): Promise<{ hostname: string; service: string }> {
    return await reverseLookup(this.#machine, address, port, signal);
  }
}

function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function secureBy(tls: TlsServerOptions | undefined): Secure | null {
  return tls === undefined ? null : (stream) => secureServer(stream, tls, NOTHING);
}
