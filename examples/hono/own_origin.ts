/** Who may ask. */
import type { MiddlewareHandler } from "hono";

/**
 * A browser lets every page open a WebSocket to every server, and post to it, and says for which page it does so. What does not come from the
 * page of this server is refused; a program that is no browser does not say.
 */
export function ownOriginOnly(url: () => string): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    if (origin === undefined || originsOf(url()).includes(origin)) return await next();
    return c.text("This is for the page of this server alone.", 403);
  };
}

/** The server listens on an address, and people write its name. Not the Host header: that is what the client makes it. */
function originsOf(url: string): string[] {
  const { origin } = new URL(url);
  return [origin, origin.replace("//127.0.0.1", "//localhost")];
}
