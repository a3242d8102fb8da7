/**
 * What the target and those who talk to it both know.
 *
 * @module
 */

/** Milliseconds that the target gives a client for its handshake, for the head of a request, and before the next one. */
export const TIME_OF_A_CLIENT = 2_000;
