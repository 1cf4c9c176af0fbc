import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { buildMessageId, signWebhook } from "./sign-webhook.js";
import { generateSecret } from "./signing-secrets.js";

const body = '{"type":"summary.completed","data":{"summary":"Zwölf 🦊"}}';

/**
 * Computed with OpenSSL, for the bytes 00 to 1f and 20 to 3f as keys:
 *
 *     printf %s 'msg_1a_10.1795521600.{"type":"summary.completed","data":{"summary":"Zwölf 🦊"}}' |
 *       openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f -binary | base64
 */
const knownAnswers = [
  {
    secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    signature: "v1,KMzIVuBp+7/RGRZCIghhVLN0kEGLjb0cxBgVsC0Yz5c=",
  },
  {
    secret: "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    signature: "v1,XVv9lMAm1pAvDfrd2HrBUWfixblHTGYduGMMEyOQIIs=",
  },
] as const;

it("signs as OpenSSL does, with every secret in the order given", () => {
  const secrets = knownAnswers.map(({ secret }) => secret);
  expect(signWebhook("msg_1a_10", new Date(1_795_521_600_999), body, secrets)).toEqual({
    "webhook-id": "msg_1a_10",
    "webhook-timestamp": "1795521600",
    "webhook-signature": knownAnswers.map(({ signature }) => signature).join(" "),
  });
});

it.each([
  ["without padding", (secret: string) => secret.replace(/=+$/, "")],
  ["with more padding than needed", (secret: string) => `${secret}=`],
])("reads a secret %s as the same bytes, which WEBHOOK_SECRET permits", (_, spell) => {
  const [{ secret, signature }] = knownAnswers;
  const headers = signWebhook("msg_1a_10", new Date(1_795_521_600_000), body, [spell(secret)]);
  expect(headers["webhook-signature"]).toBe(signature);
});

it("is verified by the holder of any of the secrets, and by no one else", () => {
  const [old, current, other] = [generateSecret(), generateSecret(), generateSecret()];
  const headers = signWebhook("msg_1a_10", new Date(), body, [current, old]);
  for (const secret of [old, current]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(other).verify(body, headers)).toThrow(/No matching signature/);
  expect(() => new Webhook(current).verify(`${body} `, headers)).toThrow(/No matching signature/);
});

it("builds one message id for one end of a job", () => {
  expect(buildMessageId("job_1a", "1970-01-01T00:00:00.036Z")).toBe("msg_1a_10");
  expect(buildMessageId("job_1a", "1970-01-01T00:00:00.037Z")).toBe("msg_1a_11");
});
