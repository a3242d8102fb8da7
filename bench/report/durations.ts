/** How the report measures programs. */
export const DURATION = { warmUp: 200, enough: 250, rounds: 3 } as const;
