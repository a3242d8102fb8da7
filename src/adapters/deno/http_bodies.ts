/**
 * The bodies of responses that are being sent bit by bit.
 *
 * @module
 */

import type { HttpEnd, HttpEnded } from "../adapter.ts";
import { selfEnding } from "../shared/http.ts";
import { SentBody } from "../shared/sent_body.ts";
import {
  type Body,
  bodyOf,
  forHead,
  inParts,
  isShort,
  lengthSaid,
  sizeOf,
  withStream,
  withWhole,
} from "./http_body.ts";
import type { HttpLane } from "./http_source.ts";
import { leaveUpload } from "./http_upload.ts";

type Info = Deno.ServeHandlerInfo;

/** Sends something else in place of a response, if nothing of that is sent, and tells why. */
export type SendFailed = (error: unknown, request: Request) => Response;

/** Gives a server what Deno does not: a way to break off the bodies that it sends, and news of their end. */
export class BodiesInFlight {
  readonly #failed: SendFailed;
  readonly #isCutHere: boolean;
  readonly #sent = new Set<SentBody>();
  readonly #watchers = new Map<Request, HttpEnded>();
  #size = 0;

  /** Whether bodies are cut here: nobody else can, where connections are not known one by one. */
  constructor(failed: SendFailed, isCutHere: boolean) {
    this.#failed = failed;
    this.#isCutHere = isCutHere;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Tells what becomes of the response to this request, which comes next. */
  watch(request: Request, ended: HttpEnded): void {
    this.#watchers.set(request, ended);
  }

  /** Makes a response ready to be sent. */
  send(response: Response, request: Request, info: Info, lane: HttpLane): Response | Promise<Response> {
    const ended = this.#take(request);
    const { method } = request;
    if (method === "HEAD") return sendWhole(forHead(response), 0, info, lane, ended);
    const body = bodyOf(response);
    if (method !== "GET" && (body === null || "bytes" in body)) leaveUpload(request);
    if (body === null) return sendWhole(response, ended && sizeOf(response), info, lane, ended);
    if (isShort(body)) return sendWhole(withWhole(response, body.bytes), body.length, info, lane, ended);
    const own = "stream" in body ? selfEnding.get(body.stream) : undefined;
    if (own === undefined) return this.#pass(body, response, request, info, lane, ended);
    lane.begins();
    this.#size++;
    return own.begin(true, lengthSaid(response)).then(() => {
      this.#until(info, lane, (end) => ended?.(end));
      return response;
    }, (error) => this.#sendOther(error, request, lane, ended));
  }

  /** Breaks off those that nobody else can. */
  cut(): void {
    for (const body of this.#sent) body.cut();
  }

  async #pass(
    body: Body,
    response: Response,
    request: Request,
    info: Info,
    lane: HttpLane,
    ended: HttpEnded | undefined,
  ): Promise<Response> {
    lane.begins();
    this.#size++;
    const isStream = "stream" in body;
    if (!isStream && ended === undefined && !this.#isCutHere) {
      this.#until(info, lane, () => {});
      return withWhole(response, body.bytes);
    }
    let isTold = false;
    const tell: HttpEnded = (...end) => {
      if (!isTold) ended?.(...end);
      isTold = true;
    };
    const announced = body.length ?? lengthSaid(response);
    const sent: SentBody = new SentBody(isStream ? body.stream : inParts(body.bytes), announced, {
      sent: () => leaveUpload(request),
      gone: () => tell("gone", undefined, sent.bytes),
      failed: (error) => {
        tell("failed", error, sent.bytes);
        this.#failed(error, request);
      },
    });
    if (isStream) {
      try {
        const whole = await sent.begin();
        if (whole !== null) {
          leaveUpload(request);
          this.#until(info, lane, (end) => tell(end, undefined, whole.length));
          return withWhole(response, whole);
        }
      } catch (error) {
        return this.#sendOther(error, request, lane, ended);
      }
    }
    this.#sent.add(sent);
    this.#until(info, lane, (end) => {
      this.#sent.delete(sent);
      tell(sent.isWhole ? end : "gone", undefined, sent.bytes);
    });
    return withStream(response, sent.stream, body.length);
  }

  /**
   * Over HTTP/2 it rejects for a client that has left, but not if that was before the response was given. Over HTTP/1.1 it does not, but a
   * stream is cancelled then.
   */
  #until({ completed }: Info, lane: HttpLane, over: (end: HttpEnd) => void): void {
    const settled = (end: HttpEnd): void => {
      this.#size--;
      lane.ends();
      over(end);
    };
    completed.then(() => settled("sent"), () => settled("gone"));
  }

  #sendOther(error: unknown, request: Request, lane: HttpLane, ended: HttpEnded | undefined): Response {
    this.#size--;
    const response = this.#failed(error, request);
    ended?.("failed", error, sizeOf(response), response.status);
    lane.ends();
    return response;
  }

  #take(request: Request): HttpEnded | undefined {
    if (this.#watchers.size === 0) return undefined;
    const ended = this.#watchers.get(request);
    this.#watchers.delete(request);
    return ended;
  }
}

/** Deno is left to a response. What it says of that is settled when it has taken all of it, also if the client has left. */
function sendWhole(
  response: Response,
  size: number | undefined,
  info: Info,
  lane: HttpLane,
  ended: HttpEnded | undefined,
): Response {
  lane.answered();
  // To ask for it makes a promise, whose rejection would end the process if nobody handled it.
  if (ended !== undefined) {
    info.completed.then(() => ended("sent", undefined, size), () => ended("gone", undefined, 0));
  }
  return response;
}
