import type { FC } from "hono/jsx";
import { Layout } from "../pages/layout.js";
import type { Caller } from "./caller.js";

/** No script at all; forms go to this server only. */
export const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface LoginPageProps {
  /** Path to go on to. */
  next: string;
  /** Why the key given before was not taken. */
  fault?: string;
  /** Who is logged in already. */
  caller?: Caller;
}

/** The form to paste a key into; with a caller, also the way out. */
export const LoginPage: FC<LoginPageProps> = ({ next, fault, caller }) => (
  <Layout title="Log in · Precis" root="./" here="login" scripts={[]}>
    <div class="entry">
      <h1>{caller === undefined ? "Log in" : "Your key"}</h1>
      {caller === undefined ? null : (
        <form method="post" action="logout" class="entry-form">
          <p>
            Logged in with the {caller.role} key <code>{caller.prefix}</code>.
          </p>
          <button type="submit">Log out</button>
        </form>
      )}
      <form method="post" action="login" class="entry-form">
        <input type="hidden" name="next" value={next} />
        <label for="key">{caller === undefined ? "API key" : "Another API key"}</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          autofocus
          aria-invalid={fault === undefined ? undefined : "true"}
          aria-describedby={fault === undefined ? undefined : "fault"}
        />
        {fault === undefined ? null : (
          <p class="fault" id="fault" role="alert">
            {fault}
          </p>
        )}
        <button type="submit" class="primary">
          Log in
        </button>
      </form>
      <p class="muted">
        Submitting needs the role <code>submit</code>; fleet, metrics and memory control need <code>admin</code>. A key
        is made where Precis runs: <code>npx precis keys create --role admin</code>
      </p>
    </div>
  </Layout>
);
