/** A request that must be refused, and by what. */
export interface HostileRequest {
  what: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  statuses: readonly number[];
}

type Random = () => number;

/** Always the same numbers for the same seed, so that a request that got through can be sent again. */
function randomNumbers(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const json = { "content-type": "application/json" };
const valid = '{"text":"The library opened a reading room in the old station.","model":"t5","max_length":20}';
const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

/** Values that are wrong for every option, whatever it is. */
const wrongValues: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => [],
  () => [[[[[]]]]],
  () => ({ $gt: 1 }),
  () => ({ toString: "x", valueOf: 1 }),
  (random) => -Math.ceil(random() * 1e9) - 1,
  (random) => random() * 100 + 1e10 + 0.5,
  () => 1e308,
  () => "'; DROP TABLE jobs; --",
  () => "\u0000",
  () => "{{7*7}}",
  (random) => "9".repeat(Math.ceil(random() * 400) + 20),
];

const options = ["max_length", "min_length", "num_beams", "priority", "ttl", "deadline", "metadata", "length", "model"];
const unknownFields = [
  "__proto__",
  "constructor",
  "prototype",
  "Text",
  "text ",
  "max-length",
  "webhooks",
  "id",
  "owner",
  "",
];
const blanks = ["", " ", "\n\t", "\u00a0\u2003", "\u200b\u200b", "\u0000\u0001", "\ufeff", "\u2028\u2029"];

type Make = (random: Random, pick: <Item>(items: readonly Item[]) => Item) => Omit<HostileRequest, "what">;
const summarize = { method: "POST", path: "/api/v1/summarize" };

const kinds: Record<string, Make> = {
  "JSON cut off": (random) => {
    const cut = Math.floor(random() * (valid.length - 1));
    return { ...summarize, headers: json, body: valid.slice(0, cut), statuses: [400] };
  },
  "JSON with a byte replaced": (random) => {
    const place = Math.floor(random() * valid.length);
    const body = `${valid.slice(0, place)}\u0000${valid.slice(place + 1)}`;
    return { ...summarize, headers: json, body, statuses: [400, 422] };
  },
  "bytes that are no text": (random) => {
    const body = Uint8Array.from({ length: 20 + Math.floor(random() * 200) }, () => Math.floor(random() * 256));
    body[0] = 0xff;
    return { ...summarize, headers: json, body, statuses: [400] };
  },
  "deep nesting": (random, pick) => {
    const depth = 1_000 + Math.floor(random() * 5_000);
    const body = pick([deep("[", "]", depth), `{"text":${deep("[", "]", depth)}}`, deep('{"text":', "", depth)]);
    return { ...summarize, headers: json, body, statuses: [400, 422] };
  },
  "JSON of another shape": (_, pick) => {
    const body = pick([
      "null",
      "1",
      "true",
      '"text"',
      "[]",
      "{}",
      "[{}]",
      '{"text":1}',
      '{"text":null}',
      '{"text":["a"]}',
    ]);
    return { ...summarize, headers: json, body, statuses: [422] };
  },
  "a blank text": (_, pick) => {
    return { ...summarize, headers: json, body: JSON.stringify({ text: pick(blanks) }), statuses: [422] };
  },
  "a wrong value": (random, pick) => {
    const body = JSON.stringify({ text: "A text.", [pick(options)]: pick(wrongValues)(random) });
    return { ...summarize, headers: json, body, statuses: [422] };
  },
  "an unknown field": (random, pick) => {
    const name = random() < 0.5 ? pick(unknownFields) : `x${Math.floor(random() * 1e9)}`;
    return { ...summarize, headers: json, body: `{"text":"A text.",${JSON.stringify(name)}:1}`, statuses: [422] };
  },
  "many unknown fields": (random) => {
    const fields = Array.from({ length: 400 }, (_, n) => [`f${n}${random()}`, n]);
    return { ...summarize, headers: json, body: JSON.stringify(Object.fromEntries(fields)), statuses: [422] };
  },
  "too much metadata": (random) => {
    const many = Object.fromEntries(Array.from({ length: 17 + Math.floor(random() * 500) }, (_, n) => [`k${n}`, "v"]));
    const metadata = random() < 0.5 ? many : { k: "v".repeat(513 + Math.floor(random() * 5_000)) };
    return { ...summarize, headers: json, body: JSON.stringify({ text: "A text.", metadata }), statuses: [422] };
  },
  "a type that is not taken": (_, pick) => {
    const type = pick([
      "",
      "text/html",
      "application/xml",
      "application/jsonp",
      "application/x-www-form-urlencoded",
      "*/*",
    ]);
    const headers = { "content-type": type };
    return { ...summarize, headers, body: new TextEncoder().encode(valid), statuses: [415] };
  },
  "a form that is none": (random, pick) => {
    const boundary = `b${Math.floor(random() * 1e9)}`;
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.exe"\r\n\r\nMZ\r\n--${boundary}--\r\n`;
    const nothing = `--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nt5\r\n--${boundary}--\r\n`;
    const body = pick([file, nothing, file.slice(0, 40), valid, ""]);
    const type = pick([
      `multipart/form-data; boundary=${boundary}`,
      "multipart/form-data",
      "multipart/form-data; boundary=",
    ]);
    return { ...summarize, headers: { "content-type": type }, body, statuses: [400, 415, 422] };
  },
  "plain text that is none": (random, pick) => {
    const headers = { "content-type": pick(["text/plain; charset=klingon", "text/plain; charset=utf-8"]) };
    const body = Uint8Array.of(0xc3, 0x28, Math.floor(random() * 256), 0xff);
    return { ...summarize, headers, body, statuses: [400, 415] };
  },
  "a wrong query": (random, pick) => {
    const query = new URLSearchParams({ [pick(options)]: JSON.stringify(pick(wrongValues)(random)), x: "1" });
    const path = `/api/v1/summarize?${query}`;
    return { method: "POST", path, headers: { "content-type": "text/plain" }, body: "A text.", statuses: [422] };
  },
  "a wrong key": (_, pick) => {
    const headers = { ...json, "idempotency-key": pick(["k".repeat(256), "k".repeat(4_000)]) };
    return { ...summarize, headers, body: valid, statuses: [422] };
  },
  "a batch without a valid item": (random, pick) => {
    const items = Array.from({ length: 1 + Math.floor(random() * 20) }, () =>
      pick([null, 1, "", [], {}, { text: " " }]),
    );
    const body = pick([
      JSON.stringify({ items }),
      JSON.stringify(items),
      '{"items":{}}',
      '{"items":[]}',
      '{"item":[{}]}',
    ]);
    return { method: "POST", path: "/api/v1/batches", headers: json, body, statuses: [422] };
  },
  "a batch that is too large": (random) => {
    const items = Array(1_001 + Math.floor(random() * 1_000)).fill(0);
    return { method: "POST", path: "/api/v1/batches", headers: json, body: JSON.stringify({ items }), statuses: [422] };
  },
  "a job that is none": (random, pick) => {
    const id = pick([
      "..",
      "%2e%2e%2fadmin",
      "*",
      "job_",
      "job_:x",
      "%00",
      "%ff",
      "a".repeat(2_000),
      "🦆",
      `job_${random()}`,
    ]);
    const [method, action] = pick([
      ["GET", ""],
      ["GET", "/events"],
      ["DELETE", ""],
      ["POST", "/cancel"],
      ["POST", "/retry"],
    ] as const);
    // A client resolves `..` itself, so it may ask for another path that is none either.
    return { method, path: `/api/v1/jobs/${id}${action}`, headers: {}, statuses: [400, 404, 405, 422] };
  },
  "a list that is none": (random, pick) => {
    const name = pick(["status", "model", "created_after", "cursor", "limit", "page"]);
    const value = pick(["", "x", "-1", "1e9", "[]", "%00", `${random()}`, "9".repeat(500)]);
    return { method: "GET", path: `/api/v1/jobs?${name}=${value}`, headers: {}, statuses: [422] };
  },
  "a path or method that is none": (random, pick) => {
    const path = pick([
      "/api",
      "/api/v1",
      "/api/v2/summarize",
      "/api/v1/summarize/x",
      `/${random()}`,
      "/.env",
      "/api/v1/jobs/a/b/c",
    ]);
    return { method: pick(["GET", "POST", "PUT", "PATCH", "DELETE"]), path, headers: {}, statuses: [400, 404, 405] };
  },
};

/** So many requests that must all be refused; always the same ones for the same seed. */
export function* hostileRequests(count: number, seed = 1): Generator<HostileRequest> {
  const random = randomNumbers(seed);
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const names = Object.keys(kinds);
  for (let index = 0; index < count; index += 1) {
    const what = names[index % names.length] as string;
    yield { what, ...(kinds[what] as Make)(random, pick) };
  }
}
