import type { Handler } from "hono";
import { deleteCookie, getCookie } from "hono/cookie";
import { redirectTo } from "../requests/redirect.js";
import { sessionCookie } from "./authenticate.js";
import type { Auth } from "./create-auth.js";

/** `POST /logout`: ends the session. */
export function logOut({ auth }: { auth: Auth }): Handler {
  return async (c) => {
    const session = getCookie(c, sessionCookie);
    if (session !== undefined) {
      await auth.sessions.close(session);
      auth.authenticator.forgetSession(session);
    }
    deleteCookie(c, sessionCookie, { path: "/" });
    return redirectTo(c, "/login");
  };
}
