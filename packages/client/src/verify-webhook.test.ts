import { createHmac, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { verifyWebhook } from "./verify-webhook.js";

const secrets = [0, 1].map(() => `whsec_${randomBytes(32).toString("base64")}`) as [string, string];
const now = Date.parse("2026-11-24T08:00:00Z");
const body = '{"type":"summary.completed","data":{"summary":"é"}}';

/** Signed as the specification says, with Node's own HMAC. */
function signed(secret: string, at = now / 1_000, signedBody = body) {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`msg_1.${at}.${signedBody}`).digest("base64");
  return { "webhook-id": "msg_1", "webhook-timestamp": String(at), "webhook-signature": `v1,${signature}` };
}

it("accepts what was signed with the secret, or with one of several", async () => {
  expect(await verifyWebhook({ body, headers: signed(secrets[0]), secret: secrets[0], now })).toEqual(JSON.parse(body));
  const both = `${signed(secrets[1])["webhook-signature"]} ${signed(secrets[0])["webhook-signature"]} v2,other`;
  const headers = new Headers({ ...signed(secrets[0]), "Webhook-Signature": both });
  expect(await verifyWebhook({ body, headers, secret: secrets[0], now })).toEqual(JSON.parse(body));
  expect(await verifyWebhook({ body, headers: signed(secrets[1]), secret: secrets, now })).toEqual(JSON.parse(body));
});

it.each([
  ["another secret", { headers: signed(secrets[1]) }, /no signature fits/],
  ["a changed body", { body: body.replace("é", "e") }, /no signature fits/],
  ["a changed id", { headers: { ...signed(secrets[0]), "webhook-id": "msg_2" } }, /no signature fits/],
  ["an old message", { headers: signed(secrets[0], now / 1_000 - 301) }, /off by more than 300 s/],
  ["a message from the future", { headers: signed(secrets[0], now / 1_000 + 301) }, /off by more/],
  ["no signature", { headers: { "webhook-id": "msg_1", "webhook-timestamp": "1" } }, /off by more|missing/],
  ["a time that is none", { headers: { ...signed(secrets[0]), "webhook-timestamp": "1e9" } }, /not a Unix time/],
  ["no headers", { headers: {} }, /webhook-id is missing/],
  [
    "a signature that is not base64",
    { headers: { ...signed(secrets[0]), "webhook-signature": "v1,%%%" } },
    /no signature/,
  ],
])("refuses %s", async (_, change, message) => {
  const given = { body, headers: signed(secrets[0]) as Record<string, string>, secret: secrets[0], now, ...change };
  await expect(verifyWebhook(given)).rejects.toThrow(message);
});
