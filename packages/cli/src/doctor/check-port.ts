import type { Config } from "@precis/config";
import { healthSchema } from "@precis/contracts";
import { type Finding, failed, passed } from "./finding.js";

/** Whether the API answers where it should, or something else does. */
export async function checkPort(config: Config, givenUrl: string | undefined): Promise<Finding> {
  const host = ["0.0.0.0", "::"].includes(config.host) ? "127.0.0.1" : config.host;
  const url = givenUrl ?? `http://${host.includes(":") ? `[${host}]` : host}:${config.port}`;
  if (givenUrl === undefined && config.port === 0) {
    return passed("port", "PORT=0: the API takes a free one; set PRECIS_URL to have it looked at");
  }
  let response: Response;
  try {
    response = await fetch(new URL("/health", url), { signal: AbortSignal.timeout(3_000) });
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    return failed(
      "port",
      `no API at ${url}: ${cause?.code ?? message}`,
      "start it with `npm start`, or set PRECIS_URL",
    );
  }
  const health = healthSchema.safeParse(await response.json().catch(() => undefined));
  if (!health.success) {
    return failed("port", `something else than Precis answers at ${url}`, "stop it, or choose another PORT");
  }
  return passed("port", `the API answers at ${url}: ${health.data.status}, version ${health.data.version}`);
}
