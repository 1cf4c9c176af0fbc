import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { messageId, signWebhook } from "./sign-webhook.js";
import { newSecret } from "./signing-secrets.js";

const body = JSON.stringify({ type: "summary.completed", data: { summary: "Zwölf 🦊" } });

it("every secret's holder verifies the body, and nobody else", () => {
  const [old, current, other] = [newSecret(), newSecret(), newSecret()];
  const headers = signWebhook(messageId("job_1a", "1970-01-01T00:00:00.036Z"), new Date(), body, [current, old]);
  expect(headers["webhook-id"]).toBe("msg_1a_10");
  for (const secret of [old, current]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(other).verify(body, headers)).toThrow(/No matching signature/);
  expect(() => new Webhook(current).verify(`${body} `, headers)).toThrow(/No matching signature/);
});
