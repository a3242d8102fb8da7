/**
 * What types Hono handlers see. The checker does the work; the functions are never called.
 */
import { describe, it } from "@std/testing/bdd";
import { assertType, type IsAny, type IsExact } from "@std/testing/types";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { hc } from "hono/client";
import { createMiddleware } from "hono/factory";
import { validator } from "hono/validator";
import { sleep } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { currentContext, deadline, handler, middleware, routes } from "../../src/hono/mod.ts";

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

interface Named {
  name: string;
}

const named = validator("json", (value: { name?: unknown }, c) => {
  return typeof value.name === "string" ? { name: value.name } : c.text("no name", 400);
});
const paged = validator("query", ({ page }) => ({ page: Number(page) }));
const signed = validator("header", () => ({ "x-user": "ada" }));

function routesKeepsWhatHonosValidatorsLetThrough(app: Hono<AppEnv>): void {
  routes(app)
    .post("/users/:id", named, function* (c) {
      yield* sleep(0);
      const body = c.req.valid("json");
      assertType<IsExact<typeof body, Named>>(true);
      const id = c.req.param("id");
      assertType<IsExact<typeof id, string>>(true);
      const user = c.get("user");
      assertType<IsExact<typeof user, { name: string }>>(true);
      return c.json(body);
    })
    .put("/inline", validator("json", () => ({ name: "ada" })), async (c) => {
      const body = c.req.valid("json");
      assertType<IsExact<typeof body, Named>>(true);
      return await Promise.resolve(c.json(body));
    })
    .post("/both", named, paged, function* (c) {
      yield* sleep(0);
      const both = [c.req.valid("json"), c.req.valid("query")] as const;
      assertType<IsExact<typeof both, readonly [Named, { page: number }]>>(true);
      return c.text("both");
    })
    .post("/three", named, paged, signed, function* (c) {
      yield* sleep(0);
      const three = [c.req.valid("json"), c.req.valid("query"), c.req.valid("header")] as const;
      assertType<IsExact<typeof three, readonly [Named, { page: number }, { "x-user": string }]>>(true);
      return c.text("three");
    })
    .get("/both", paged, named, (c) => c.json({ ...c.req.valid("json"), ...c.req.valid("query") }))
    .get(
      "/team",
      createMiddleware<{ Variables: { team: string } }>(async (c, next) => {
        c.set("team", "a");
        await next();
      }),
      function* (c) {
        yield* sleep(0);
        const both = [c.get("team"), c.get("user").name] as const;
        assertType<IsExact<typeof both, readonly [string, string]>>(true);
        return c.json(both);
      },
    )
    .get("/none", function* (c) {
      yield* sleep(0);
      // @ts-expect-error nobody has looked at it
      c.req.valid("json");
      return c.text("none");
    });
}

async function routesMakesATypedClient(app: Hono<AppEnv>): Promise<void> {
  const api = routes(app)
    .get("/users/:id", function* (c) {
      yield* sleep(0);
      return c.json({ id: c.req.param("id") });
    })
    .post("/users", named, function* (c) {
      yield* sleep(0);
      return c.json({ made: c.req.valid("json").name }, 201);
    })
    .get("/text", async (c) => await Promise.resolve(c.text("hello")))
    .get("/plain", () => new Response("plain"));
  const client = hc<typeof api>("http://localhost");

  const user = await (await client.users[":id"].$get({ param: { id: "7" } })).json();
  assertType<IsExact<typeof user, { id: string }>>(true);
  const made = await client.users.$post({ json: { name: "ada" } });
  if (made.status === 201) {
    const body = await made.json();
    assertType<IsExact<typeof body, { made: string }>>(true);
  } else {
    const text = await made.text();
    assertType<IsExact<typeof text, "no name">>(true);
  }
  // @ts-expect-error the validator wants a name
  client.users.$post({});
  // @ts-expect-error there is no such route
  client.people.$get();
  const text = await (await client.text.$get()).text();
  assertType<IsExact<typeof text, "hello">>(true);
  await client.plain.$get();

  const whole = new Hono().route("/api", api);
  const id = (await (await hc<typeof whole>("/").api.users[":id"].$get({ param: { id: "7" } })).json()).id;
  assertType<IsExact<typeof id, string>>(true);
}

async function handlerMakesATypedClient(): Promise<void> {
  const app = new Hono().get(
    "/users/:id",
    handler(function* (c) {
      yield* sleep(0);
      return c.json({ made: Number(c.req.param("id")) });
    }),
  );
  const user = await (await hc<typeof app>("/").users[":id"].$get({ param: { id: "7" } })).json();
  assertType<IsExact<typeof user, { made: number }>>(true);

  const validating = new Hono().post(
    "/users",
    named,
    handler(function* (c) {
      yield* sleep(0);
      return c.json({ made: 1 }, 201);
    }),
  );
  const client = hc<typeof validating>("/");
  const made = await client.users.$post({ json: { name: "ada" } });
  assertType<IsExact<typeof made.status, 201 | 400>>(true);
  // @ts-expect-error the validator wants a name
  client.users.$post({ json: { nam: "ada" } });
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
  app.post(
    "/users/:id",
    named,
    handler(function* (c) {
      yield* sleep(0);
      // What a validator let through has no type, and can be had.
      const body = c.req.valid("json");
      assertType<IsExact<typeof body, unknown>>(true);
      return c.text("made");
    }),
  );
  app.post(
    "/users/:id",
    named,
    handler(function* (c: Context<AppEnv, "/users/:id", { out: { json: Named } }>) {
      yield* sleep(0);
      const body = c.req.valid("json");
      assertType<IsExact<typeof body, Named>>(true);
      return c.text(c.req.param("id"));
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
  serve(app);
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
      routesKeepsWhatHonosValidatorsLetThrough,
      routesMakesATypedClient,
      handlerMakesATypedClient,
      middlewareKeepsTypes,
      theOthersFit,
      handlerFitsButForgets,
      serveTakesHandlers,
    ];
  });
});
