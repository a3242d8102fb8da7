/** The ways for a request to reach a Hono app, with and without a server, inside and outside a loop. */

import { assertEquals } from "@std/assert";
import type { Hono } from "hono";
import { run } from "../../mod.ts";
import { get, serving } from "../http/serving.ts";

/** Sends a request and gives the status and the text of the answer. */
export type Send = (app: Hono, path: string, init?: RequestInit) => Promise<[number, string]>;

/** All of them. Under the server nothing may be reported. */
export const WAYS: Record<string, Send> = {
  "app.request()": async (app, path, init) => {
    const response = await app.request(path, init);
    return [response.status, await response.text()];
  },
  "app.request() inside run()": (app, path, init) => run(() => WAYS["app.request()"]!(app, path, init)),
  "serve(app.fetch)": async (app, path, init) => {
    let answer: [number, string] | undefined;
    const reports = await serving(app.fetch, async (server) => {
      answer = await get(server, path, init);
    });
    assertEquals(reports, []);
    return answer!;
  },
};

/** Sends a request whose signal aborts when the handler has come to where it waits, and gives the status. */
export async function abandon(app: Hono, waits: Promise<void>, path = "/"): Promise<number> {
  const controller = new AbortController();
  const response = app.request(path, { signal: controller.signal });
  await waits;
  controller.abort();
  return (await response).status;
}
