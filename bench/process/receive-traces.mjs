import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** A trace collector on a free loopback port: keeps the spans that Precis sends by OTLP over HTTP in JSON. */
export async function receiveTraces() {
  const spans = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans = [] } = JSON.parse(await text(request));
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
    url: `http://127.0.0.1:${server.address().port}`,
    spans,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Unix time in milliseconds of a span's `startTimeUnixNano` or `endTimeUnixNano`. */
export const spanMs = (nanoseconds) => Number(BigInt(nanoseconds) / 1_000n) / 1_000;
