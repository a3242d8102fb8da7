/**
 * Somebody between a client and a server, who passes on what they say, and does not stop there.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** One of the two whose connection it is. */
export type Side = "client" | "server";

/** Passes on what a client and a server say to each other, until it is told to do otherwise. Made for one connection. */
export class Meddler {
  readonly #server: Server;
  readonly #to = {} as Record<Side, Socket>;
  #spoils: Side | null = null;

  private constructor(server: Server, target: number) {
    this.#server = server;
    server.on("connection", (client: Socket) => {
      const server = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
      this.#to.client = client;
      this.#to.server = server;
      this.#pass(client, "server");
      this.#pass(server, "client");
    });
  }

  /** Stands between a port that clients connect to and that of a server. */
  static async before(target: number): Promise<Meddler> {
    const server = createServer({ allowHalfOpen: true });
    const meddler = new Meddler(server, target);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return meddler;
  }

  /** Where clients connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Says something to one of them that the other has not said. */
  say(bytes: Uint8Array, to: Side): void {
    this.#to[to].write(bytes);
  }

  /** Changes the last byte of what is said to one of them next. */
  spoilNext(to: Side): void {
    this.#spoils = to;
  }

  /** Reads no more of either, and says nothing. */
  fallSilent(): void {
    for (const socket of Object.values(this.#to)) socket.removeAllListeners("data").removeAllListeners("end").pause();
  }

  /** Goes on reading and passes nothing on. */
  swallow(): void {
    for (const socket of Object.values(this.#to)) socket.removeAllListeners("data").removeAllListeners("end").resume();
  }

  /** Resets the connection to one of them. */
  reset(side: Side): void {
    this.#to[side].resetAndDestroy();
  }

  /** Ends it all. */
  close(): void {
    this.#server.close();
    for (const socket of Object.values(this.#to)) socket.destroy();
  }

  #pass(from: Socket, to: Side): void {
    from.on("error", () => {});
    from.on("data", (data: Buffer) => {
      const bytes = Buffer.from(data);
      if (this.#spoils === to) {
        bytes[bytes.length - 1]! ^= 1;
        this.#spoils = null;
      }
      this.#to[to].write(bytes);
    });
    from.on("end", () => this.#to[to].end());
    from.on("close", () => this.#to[to].destroy());
  }
}
