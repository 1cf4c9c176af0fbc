import type { OpenAPIHono } from "@hono/zod-openapi";
import { type KeyStore, type SessionStore, sessionSeconds } from "@precis/keys";
import { LoginPage } from "@precis/ui";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { limitBody } from "../limits/limit-body.js";
import { type CallerFinder, sessionCookie } from "./find-caller.js";

/** No scripts; forms go to this server only. */
const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface LoginParts {
  store: KeyStore;
  sessions: SessionStore;
  callers: CallerFinder;
}

/** `GET /login`, `POST /login` with a key, `POST /logout`: a session for the browser. Works without JavaScript. */
export function loginRoutes(app: OpenAPIHono, { store, sessions, callers }: LoginParts): void {
  app.use("/login", pageHeaders, limitBody());
  app.use("/logout", pageHeaders, limitBody());

  app.get("/login", async (c) => {
    const caller = await callers.find(c);
    return c.html(<LoginPage next={localPath(c.req.query("next"))} {...(caller === undefined ? {} : { caller })} />);
  });

  app.post("/login", async (c) => {
    const form = await c.req.parseBody();
    const next = localPath(form.next);
    const record = await store.verify(typeof form.key === "string" ? form.key.trim() : "");
    if (record === undefined) return c.html(<LoginPage next={next} error="Invalid API key" />, 401);
    setCookie(c, sessionCookie, await sessions.open(record.prefix), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: sessionSeconds,
      secure: overTls(c),
    });
    return c.redirect(next, 303);
  });

  app.post("/logout", async (c) => {
    const session = getCookie(c, sessionCookie);
    if (session !== undefined) {
      await sessions.close(session);
      callers.forgetSession(session);
    }
    deleteCookie(c, sessionCookie, { path: "/" });
    return c.redirect("/login", 303);
  });
}

async function pageHeaders(c: Context, next: () => Promise<void>): Promise<void> {
  await next();
  c.header("Content-Security-Policy", pagePolicy);
  c.header("Cache-Control", "no-store");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Referrer-Policy", "same-origin");
}

/** A path on this server to go on to; anything that could lead elsewhere becomes the board. */
function localPath(wish: unknown): string {
  return typeof wish === "string" && /^\/(?![/\\])[\w\-./~%?=&]*$/.test(wish) ? wish : "/admin/queues";
}

function overTls(c: Context): boolean {
  return new URL(c.req.url).protocol === "https:" || c.req.header("x-forwarded-proto") === "https";
}
