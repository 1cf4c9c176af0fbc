import { type ErrorCode, errorCodes, errors } from "./error.js";

/** Errors that only end a job are never the error of a response. */
const isResponseError = (code: ErrorCode) => errors[code].status !== 500 || code === "internal";

/** The page of the docs about errors, as Markdown, generated from the error table. */
export function describeErrors(): string {
  const row = (code: ErrorCode) => {
    const { status, title, exitCode, retriable } = errors[code];
    return `| \`${code}\` | ${status} | ${title} | ${exitCode} | ${retriable ? "yes" : "no"} |`;
  };
  const failure = (code: ErrorCode) => {
    const { title, exitCode, retriable } = errors[code];
    return `| \`${code}\` | ${title} | ${exitCode} | ${retriable ? "yes" : "no"} |`;
  };
  return `# Errors

For everyone who calls Precis. Codes are stable; titles and details are for people.

<!-- Generated from packages/contracts/src/error.ts by \`npm run docs\`; edit it there. -->

## Errors of responses

Every error is problem+json (RFC 9457) with this \`code\` and \`status\`: see [the HTTP API](api.md#errors). "Exit code" is that of the
[command line](cli.md#exit-codes). "Retry" says whether the same request can succeed later.

| code | status | title | exit code | retry |
| --- | --- | --- | --- | --- |
${errorCodes.filter(isResponseError).map(row).join("\n")}

## Errors of failed jobs

\`error.code\` of a failed job: see [why a job failed](api.md#why-a-job-failed). It can also be \`text_lost\`, \`text_empty\` or
\`internal\`. "Retry" says whether the worker tries again by itself, up to \`JOB_ATTEMPTS\`.

| code | title | exit code | retry |
| --- | --- | --- | --- |
${errorCodes
  .filter((code) => !isResponseError(code))
  .map(failure)
  .join("\n")}
`;
}
