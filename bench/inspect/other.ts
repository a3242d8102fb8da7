/** The other side: `other.ts load URL CLIENTS` sends requests, `other.ts page URL` is a page that looks on; it prints a point for each message. */
import { connect } from "node:net";
import { argv, stdout } from "node:process";

const [what, text, clients = "1"] = argv.slice(2) as [string, string, string?];
const url = new URL(text);
/** So many requests are sent at once by each client, which then waits for the answers: a client must cost far less than the server. */
const AT_ONCE = 16;

if (what === "page") {
  const address = new URL("live", text.replace("http", "ws"));
  address.search = url.search;
  new WebSocket(address).onmessage = ({ data }) => {
    JSON.parse(data);
    stdout.write(".");
  };
} else {
  const requests = `GET / HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`.repeat(AT_ONCE);
  for (let client = 0; client < Number(clients); client++) {
    const socket = connect(Number(url.port), url.hostname, () => socket.write(requests));
    let answers = 0;
    socket.setEncoding("latin1");
    socket.on("data", (data: string) => {
      answers += data.split("HTTP/1.1 200").length - 1;
      if (answers < AT_ONCE) return;
      answers -= AT_ONCE;
      socket.write(requests);
    });
  }
  stdout.write(".");
}
