import { sessionSeconds } from "@precis/auth";
import { LoginPage } from "@precis/ui";
import type { Context, Handler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { redirectTo } from "../requests/redirect.js";
import { sessionCookie } from "./authenticate.js";
import type { Auth } from "./create-auth.js";
import { localPath } from "./local-path.js";

/** `POST /login`: opens a session for an API key. */
export function logIn({ auth }: { auth: Auth }): Handler {
  return async (c) => {
    await auth.failures.check(c);
    const form = await c.req.parseBody();
    const next = localPath(form.next);
    const record = await auth.store.verify(typeof form.key === "string" ? form.key.trim() : "");
    if (record === undefined) {
      await auth.failures.count(c);
      return c.html(<LoginPage next={next} error="Invalid API key" />, 401);
    }
    // The session before this one would stay valid, without a cookie to end it.
    const previous = getCookie(c, sessionCookie);
    if (previous !== undefined) {
      await auth.sessions.close(previous);
      auth.authenticator.forgetSession(previous);
    }
    setCookie(c, sessionCookie, await auth.sessions.open(record.prefix), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: sessionSeconds,
      secure: isOverTls(c),
    });
    return redirectTo(c, next);
  };
}

function isOverTls(c: Context): boolean {
  return new URL(c.req.url).protocol === "https:" || c.req.header("x-forwarded-proto") === "https";
}
