import { createHmac, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
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

it("accepts a signature computed with OpenSSL", async () => {
  // printf %s 'msg_1a_10.1795521600.{"type":"summary.completed","data":{"summary":"Zwölf 🦊"}}' |
  //   openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f -binary | base64
  const headers = {
    "webhook-id": "msg_1a_10",
    "webhook-timestamp": "1795521600",
    "webhook-signature": "v1,KMzIVuBp+7/RGRZCIghhVLN0kEGLjb0cxBgVsC0Yz5c=",
  };
  const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const text = '{"type":"summary.completed","data":{"summary":"Zwölf 🦊"}}';
  expect(await verifyWebhook({ body: text, headers, secret, now: 1_795_521_600_000 })).toEqual(JSON.parse(text));
});

it("accepts what the library signs that the worker uses", async () => {
  const headers = {
    ...signed(secrets[0]),
    "webhook-signature": new Webhook(secrets[0]).sign("msg_1", new Date(now), body),
  };
  expect(await verifyWebhook({ body, headers, secret: secrets[0], now })).toEqual(JSON.parse(body));
});

it.each([
  ["another secret", { headers: signed(secrets[1]) }, /no signature matches/],
  ["a changed body", { body: body.replace("é", "e") }, /no signature matches/],
  ["a changed id", { headers: { ...signed(secrets[0]), "webhook-id": "msg_2" } }, /no signature matches/],
  ["an old message", { headers: signed(secrets[0], now / 1_000 - 301) }, /within 300 s of now \(got 1795506899\)/],
  ["a message from the future", { headers: signed(secrets[0], now / 1_000 + 301) }, /within 300 s of now/],
  ["no signature", { headers: { "webhook-id": "msg_1", "webhook-timestamp": "1" } }, /webhook-signature is missing/],
  [
    "a time that is not a number",
    { headers: { ...signed(secrets[0]), "webhook-timestamp": "1e9" } },
    /must be a Unix time in seconds \(got 1e9\)/,
  ],
  ["no headers", { headers: {} }, /webhook-id is missing/],
  ["a secret that is not base64", { secret: "whsec_%%%" }, /must be whsec_ and base64/],
  [
    "a signature that is not base64",
    { headers: { ...signed(secrets[0]), "webhook-signature": "v1,%%%" } },
    /no signature matches/,
  ],
])("rejects %s", async (_, change, message) => {
  const given = { body, headers: signed(secrets[0]) as Record<string, string>, secret: secrets[0], now, ...change };
  await expect(verifyWebhook(given)).rejects.toThrow(message);
});
