import { expect, it } from "vitest";
import { createClient } from "./client.js";
import { verifyWebhook } from "./verify-webhook.js";

it.each([
  { timeoutMs: Number.POSITIVE_INFINITY },
  { timeoutMs: Number.NaN },
  { timeoutMs: -1 },
  { timeoutMs: 0 },
  { timeoutMs: 2 ** 31 },
  { timeoutMs: "30" as unknown as number },
  { mostDelayMs: Number.POSITIVE_INFINITY },
  { mostDelayMs: -1 },
  { retries: Number.POSITIVE_INFINITY },
  { retries: 1.5 },
  { retries: -1 },
])("refuses %j, naming the option and what is allowed", (options) => {
  const [name = "", value] = Object.entries(options)[0] ?? [];
  const attempt = () => createClient(options);
  expect(attempt).toThrow(RangeError);
  const given = typeof value === "number" ? String(value) : typeof value;
  expect(attempt).toThrow(
    new RegExp(`^${name} must be a (whole )?number from \\d+ to \\d+ \\(got ${given.replace("+", "\\+")}\\)$`),
  );
});

it.each([Number.POSITIVE_INFINITY, Number.NaN, -1, 86_401])("refuses to wait %d seconds", async (wait) => {
  await expect(createClient().submit("text", { wait })).rejects.toThrow(/^wait must be a number from 0 to 86400/);
});

it.each(["127.0.0.1:8000", "ftp://host", "http://user:hunter2@host", "http://host?key=hunter2", "http://:hunter2"])(
  "refuses the address %s without repeating it",
  (url) => {
    const attempt = () => createClient({ url });
    expect(attempt).toThrow(/^url must/);
    expect(attempt).not.toThrow(/hunter2/);
  },
);

it("refuses a key that cannot be sent without repeating it", () => {
  expect(() => createClient({ key: "hunter2\n" })).toThrow(/^key must/);
  expect(() => createClient({ key: "hunter2\n" })).not.toThrow(/hunter2/);
});

it("a tolerance that is no number does not let every webhook pass", async () => {
  const headers = { "webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,eA==" };
  const message = { body: "{}", headers, secret: "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4", toleranceSeconds: Number.NaN };
  await expect(verifyWebhook(message)).rejects.toThrow(/^toleranceSeconds must be a number from 0 to 604800/);
});
