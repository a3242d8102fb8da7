/**
 * What types Hono handlers see. The checker does the work; the functions are never called.
 */
import { describe, it } from "@std/testing/bdd";
import { assertType, type IsAny, type IsExact } from "@std/testing/types";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { serve, sleep } from "../../mod.ts";
import { currentContext, deadline, handler, middleware, routes } from "../../src/http/hono.ts";

interface AppEnv {
  Variables: { user: { name: string } };
}

function routesKeepsTypes(app: Hono<AppEnv>): void {
  routes(app)
    .get("/users/:id/posts/:post?", function* (c) {
      yield* sleep(0);
      const id = c.req.param("id");
      assertType<IsExact<typeof id, string>>(true);
      const post = c.req.param("post");
      assertType<IsExact<typeof post, string | undefined>>(true);
      const user = c.get("user");
      assertType<IsExact<typeof user, { name: string }>>(true);
      assertType<IsExact<typeof c.var.user, { name: string }>>(true);
      return c.json({ id, post });
    })
    .post("/files/:name{.+\\.png}", async (c) => {
      const name = c.req.param("name");
      assertType<IsExact<typeof name, string>>(true);
      return await Promise.resolve(c.text(name));
    });

  // @ts-expect-error a handler gives a Response
  routes(app).get("/", function* () {
    yield* sleep(0);
    return "text";
  });

  // @ts-expect-error so does a plain one
  routes(app).get("/", () => 5);
}

function routesKeepsTheBasePath(app: Hono<AppEnv>): void {
  routes(app.basePath("/teams/:team")).get("/users/:id", function* (c) {
    yield* sleep(0);
    const both = [c.req.param("team"), c.req.param("id")] as const;
    assertType<IsExact<typeof both, readonly [string, string]>>(true);
    return c.json(both);
  });
}

function routesKeepsWhatAValidatorLetThrough(
  app: Hono<AppEnv>,
  validate: MiddlewareHandler<AppEnv, "/users", { in: { json: { name: string } }; out: { json: { name: string } } }>,
): void {
  routes(app).post("/users", validate, function* (c) {
    yield* sleep(0);
    const body = c.req.valid("json");
    assertType<IsExact<typeof body, { name: string }>>(true);
    return c.json(body);
  });
}

function middlewareKeepsTypes(app: Hono<AppEnv>): void {
  routes(app)
    .use(function* (c, next) {
      const user = c.get("user");
      assertType<IsExact<typeof user, { name: string }>>(true);
      const nothing = yield* next();
      assertType<IsExact<typeof nothing, void>>(true);
    })
    .use("/teams/:team/*", async (c, next) => {
      const team = c.req.param("team");
      assertType<IsExact<typeof team, string>>(true);
      await next();
    })
    .use((c) => c.text("no", 403));

  // @ts-expect-error a middleware gives a Response or nothing
  routes(app).use(function* () {
    yield* sleep(0);
    return "text";
  });
}

function theOthersFit(app: Hono<AppEnv>): void {
  app.use(middleware(), deadline(5)).use("/x/*", deadline(5, { answer: (c) => c.json({ path: c.req.path }, 504) }));
  app.use(deadline(5, {
    *answer(c) {
      yield* sleep(0);
      return c.text("slow");
    },
  }));
  // @ts-expect-error the answer is a Response
  deadline(5, { answer: () => "slow" });
  const user = currentContext<AppEnv>().var.user;
  assertType<IsExact<typeof user, { name: string }>>(true);
  // A chain of Hono's own with our middleware in it keeps the types of its routes.
  new Hono().use(middleware()).get("/users/:id", (c) => {
    const id = c.req.param("id");
    assertType<IsExact<typeof id, string>>(true);
    return c.json({ id });
  });
}

function handlerFitsButForgets(app: Hono<AppEnv>): void {
  app.get("/plain/:id", (c) => {
    // What Hono gives to a handler of its own …
    const id = c.req.param("id");
    assertType<IsExact<typeof id, string>>(true);
    return c.text(id);
  });
  app.get(
    "/users/:id",
    handler(function* (c) {
      yield* sleep(0);
      // … is lost through any wrapper: the path and the variables are not known in here.
      const id = c.req.param("id");
      assertType<IsExact<typeof id, string | undefined>>(true);
      const user = c.get("user");
      assertType<IsAny<typeof user>>(true);
      return c.json({ id });
    }),
  );
  // Said by hand they are.
  app.get(
    "/users/:id",
    handler(function* (c: Context<AppEnv, "/users/:id">) {
      yield* sleep(0);
      const id = c.req.param("id");
      assertType<IsExact<typeof id, string>>(true);
      return c.json({ id, user: c.get("user").name });
    }),
  );
}

function serveTakesHandlers(app: Hono<AppEnv>): void {
  serve(app.fetch);
  serve(() => new Response());
  serve(async () => await Promise.resolve(new Response()));
  serve(function* (request, info) {
    yield* sleep(0);
    assertType<IsExact<typeof request, Request>>(true);
    return new Response(info.remoteAddr.transport);
  });
  // @ts-expect-error a handler gives a Response
  serve(() => "text");
  // @ts-expect-error a coroutine gives one as well
  serve(function* () {
    yield* sleep(0);
  });
}

describe("The types of Hono handlers", () => {
  it("are as the functions above assert", () => {
    void [
      routesKeepsTypes,
      routesKeepsTheBasePath,
      routesKeepsWhatAValidatorLetThrough,
      middlewareKeepsTypes,
      theOthersFit,
      handlerFitsButForgets,
      serveTakesHandlers,
    ];
  });
});
