/**
 * What a server limits of its requests: how long each may take, and how many are handled at once.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import type { TimerHandle } from "../core/handle.ts";
import { LinkedList, type ListEntry } from "../core/lists.ts";
import { type Coroutine, FINISHED } from "../core/suspend.ts";
import { Wait } from "../core/wait.ts";
import type { HandledRequest } from "./handled_request.ts";

/**
 * The deadlines of a server's requests. All have the same time, so they are over in the order in which they began: one timer is
 * enough for all of them, and a request that ends in time costs an entry in a list.
 */
export class Deadlines {
  readonly #loop: BaseEventLoop;
  readonly #time: number;
  readonly #requests = new LinkedList<HandledRequest>();
  #timer: TimerHandle | null = null;

  constructor(loop: BaseEventLoop, time: number) {
    this.#loop = loop;
    this.#time = time;
  }

  /** The time of a request begins. */
  add(request: HandledRequest): void {
    request.deadline = this.#loop.time() + this.#time;
    request.timedPlace = this.#requests.add(request);
    this.#timer ??= this.#loop.callAt(request.deadline, this.#pass);
  }

  /** A request is over. The timer stays until it is due, for there may be another request by then. */
  remove(request: HandledRequest): void {
    if (request.timedPlace !== null) this.#requests.remove(request.timedPlace);
    request.timedPlace = null;
  }

  /** The server has closed. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const request of this.#requests.toArray()) this.remove(request);
  }

  readonly #pass = (): void => {
    this.#timer = null;
    const now = this.#loop.time();
    for (let place = this.#requests.first(); place !== null; place = this.#requests.first()) {
      const request = place.item;
      if (request.deadline > now) {
        this.#timer = this.#loop.callAt(request.deadline, this.#pass);
        return;
      }
      this.remove(request);
      request.timeOut();
    }
  };
}

/** Counts the requests that run, and lines up others. */
export class ConcurrencyLimit {
  readonly #most: number;
  readonly #mostWaiting: number;
  /** In the order that they came. */
  readonly #line = new LinkedList<Turn>();
  #running = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Whether another request has to be sent away. */
  isFull(): boolean {
    return this.#running >= this.#most && this.#line.size >= this.#mostWaiting;
  }

  /** The turn of a request that has come: it has come already, or stands in the line. */
  takeTurn(): Turn {
    const turn = new Turn();
    if (this.#running < this.#most) {
      this.#running++;
      turn.come();
    } else turn.place = this.#line.add(turn);
    return turn;
  }

  /** A request is over, or waits no longer: its place is the next one's. */
  endTurn(turn: Turn): void {
    if (!turn.hasCome) {
      this.#line.remove(turn.place as ListEntry<Turn>);
      return;
    }
    const next = this.#line.first();
    if (next === null) this.#running--;
    else {
      this.#line.remove(next);
      next.item.come();
    }
  }
}

/** The turn of a request among those that a server handles at once. Its task waits for it. */
export class Turn extends Wait<undefined> {
  /** Whether it has come. */
  hasCome = false;
  /** Where it stands in the line. */
  place: ListEntry<Turn> | null = null;

  /** It is its turn. */
  come(): void {
    this.hasCome = true;
    this.wake();
  }

  methodName(): string {
    return "turn";
  }

  tryNow(): IteratorReturnResult<undefined> | null {
    return this.hasCome ? FINISHED : null;
  }

  /** No user can forget it: a request that is over before its turn leaves it behind. */
  override hasBegun(): boolean {
    return true;
  }

  override toString(): string {
    return "<its turn>";
  }
}

/** Runs what answers a request when its turn has come. */
export function* inTurn(turn: Turn, source: Coroutine<unknown>): Coroutine<unknown> {
  yield* turn;
  return yield* source;
}
