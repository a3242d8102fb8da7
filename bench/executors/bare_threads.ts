/**
 * A bare worker of `node:worker_threads` that gives back what it is sent.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", (value) => parentPort?.postMessage(value));
