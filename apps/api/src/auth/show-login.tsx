import { omitUndefined } from "@precis/contracts";
import { LoginPage } from "@precis/ui";
import type { Handler } from "hono";
import type { Auth } from "./create-auth.js";
import { localPath } from "./local-path.js";

/** `GET /login`: the form for an API key. Works without JavaScript. */
export function showLogin({ auth }: { auth: Auth }): Handler {
  return async (c) => {
    const caller = await auth.authenticator.authenticate(c);
    return c.html(<LoginPage next={localPath(c.req.query("next"))} {...omitUndefined({ caller })} />);
  };
}
