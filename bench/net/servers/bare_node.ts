/**
 * An echo over `node:net` and nothing else. Prints its port.
 *
 * @module
 */
import { type AddressInfo, createServer } from "node:net";
import { collectWhenAsked } from "./collect.ts";

collectWhenAsked();
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", (bytes) => {
    if (!socket.write(bytes)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", 1024, () => console.log((server.address() as AddressInfo).port));
