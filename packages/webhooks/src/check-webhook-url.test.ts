import { expect, it } from "vitest";
import { createAddressPolicy } from "./address-policy.js";
import { checkWebhookUrl } from "./check-webhook-url.js";

const closed = createAddressPolicy([]);
const open = createAddressPolicy(["127.0.0.0/8"]);

it.each([
  "not a url",
  "ftp://example.com/",
  "file:///etc/passwd",
  "http://example.com/",
  "https://user:secret@example.com/",
  "https://127.0.0.1/",
  "https://2130706433/",
  "https://0177.0.0.1/",
  "https://0x7f.1/",
  "https://127.1/",
  "https://[::1]/",
  "https://[::ffff:169.254.169.254]/",
  "https://[64:ff9b::a9fe:a9fe]/",
  "https://169.254.169.254/latest/meta-data",
  "https://localhost/",
  "https://x.localhost./",
  "https://127.0.0.1./",
  "https://①②⑦.0.0.1/",
])("refuses %s", (url) => expect(checkWebhookUrl(url, closed)).toMatch(/^must /));

it.each(["https://example.com/hook?x=1", "https://1.1.1.1:8443/", "https://[2606:4700:4700::1111]/"])(
  "accepts %s",
  (url) => expect(checkWebhookUrl(url, closed)).toBeUndefined(),
);

it("accepts plain http for opened networks only", () => {
  expect(checkWebhookUrl("http://127.0.0.1:9/", open)).toBeUndefined();
  expect(checkWebhookUrl("http://localhost:9/", open)).toBeUndefined();
  expect(checkWebhookUrl("http://hooks.example/", open)).toBeUndefined();
  expect(checkWebhookUrl("http://1.1.1.1/", open)).toMatch(/https/);
  expect(checkWebhookUrl("http://10.0.0.1/", open)).toMatch(/not a public address/);
});
