import type { FC } from "hono/jsx";
import { Layout } from "../layout/layout.js";

export interface LoginPageProps {
  /** Path to continue to after login. */
  next: string;
  /** Why the key that was sent is rejected. */
  error?: string;
  /** The key of the current session. */
  caller?: { role: string; prefix?: string };
}

/** `GET /login`: a form for an API key, and with a session also the button to log out. Works without JavaScript. */
export const LoginPage: FC<LoginPageProps> = ({ next, error, caller }) => (
  <Layout title="Log in · Precis" root="./" current="login" styles={["login/login.css"]}>
    <div class="login">
      <h1>{caller === undefined ? "Log in" : "Logged in"}</h1>
      {caller === undefined ? null : (
        <form method="post" action="logout" class="login-form">
          <p>
            Your session uses the {caller.role} key <code>{caller.prefix}</code>.
          </p>
          <button type="submit">Log out</button>
        </form>
      )}
      <form method="post" action="login" class="login-form">
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
          aria-invalid={error === undefined ? undefined : "true"}
          aria-describedby={error === undefined ? undefined : "error"}
        />
        {error === undefined ? null : (
          <p class="error" id="error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary">
          Log in
        </button>
      </form>
      <p class="muted">
        Submitting texts needs a key with the role <code>submit</code>. The fleet page, metrics and worker commands need{" "}
        <code>admin</code>. Create a key on the machine that runs Precis:{" "}
        <code>npx precis keys create --role admin</code>
      </p>
    </div>
  </Layout>
);
