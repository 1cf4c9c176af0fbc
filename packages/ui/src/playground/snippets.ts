/** The form as a request to the API. */
export interface Request {
  text: string;
  model: "bart" | "t5";
  max_length?: number;
}

/** The request as a curl command for a POSIX shell. */
export function asCurl(url: string, request: Request): string {
  const body = JSON.stringify(request).replaceAll("'", "'\\''");
  return `curl -s '${url}' \\\n  -H 'content-type: application/json' \\\n  -H 'prefer: wait=30' \\\n  -d '${body}'`;
}

/** The request as TypeScript for browsers and Node. */
export function asTypeScript(url: string, request: Request): string {
  const fields = Object.entries(request).map(([name, value]) => `    ${name}: ${JSON.stringify(value)},`);
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "content-type": "application/json", prefer: "wait=30" },
  body: JSON.stringify({
${fields.join("\n")}
  }),
});
if (!response.ok) throw new Error(await response.text());
const job = await response.json();
// Status 202: not finished within 30 s; poll response.headers.get("location").
console.log(job.summary);`;
}
