import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Caller } from "./caller.js";

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem; color-scheme: light dark }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { margin: .5rem 0 1rem; padding: .6rem }
[role=alert] { color: #b00020 }
@media (prefers-color-scheme: dark) { [role=alert] { color: #ff8a80 } }
`;

/** No script, no outside address, nothing but this one style sheet; forms go to this server only. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The form to paste a key into; with a caller, also the way out. */
export function loginPage({ next, fault, caller }: { next: string; fault?: string; caller?: Caller }) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Precis – log in</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
<h1>Precis</h1>
${
  caller === undefined
    ? ""
    : html`<p>Logged in with the ${caller.role} key <code>${caller.prefix}</code>.</p>
<form method="post" action="logout"><button>Log out</button></form>`
}
<form method="post" action="login">
<input type="hidden" name="next" value="${next}">
<label for="key">API key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false">
${fault === undefined ? "" : html`<p role="alert">${fault}</p>`}
<button>Log in</button>
</form>
<p>The board, metrics and memory control need a key with the role <code>admin</code>:
<code>precis keys create --role admin</code></p>
</main>
</body>
</html>`;
}
