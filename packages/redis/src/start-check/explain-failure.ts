import { redactAddresses } from "@precis/contracts";
import { type AddressOptions, addressOf, withoutPassword } from "../address.js";
import type { ServerProblem } from "./server-problem.js";

interface Failure {
  pattern: RegExp;
  found: (address: AddressOptions) => string;
  advice: string | ((address: AddressOptions) => string);
}

const correctAddress = "correct the host and port in REDIS_URL, or start Redis there";

/** Why a connection cannot be made or used, by code and message of the error; the first that matches counts. */
const failures: readonly Failure[] = [
  {
    pattern: /ENOTFOUND/,
    found: ({ host }) => `cannot be reached: the host name ${host} is not known`,
    advice: "correct the host in REDIS_URL",
  },
  {
    pattern: /EAI_/,
    found: ({ host }) => `cannot be reached: no name server answers for the host ${host}`,
    advice: "check the network and the DNS settings of this machine",
  },
  {
    pattern: /ECONNREFUSED/,
    found: ({ path }) =>
      `cannot be reached: ${path === undefined ? "the connection is refused" : "nothing listens on the socket"}`,
    advice: correctAddress,
  },
  {
    pattern: /ENOENT|ENOTSOCK/,
    found: () => "cannot be reached: there is no such socket",
    advice: "correct the path in REDIS_URL, or start Redis there",
  },
  {
    pattern: /EACCES|EPERM/,
    found: () => "cannot be reached: this user may not open it",
    advice: "give the user of this process access to the socket (unixsocketperm in redis.conf)",
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/,
    found: () => "cannot be reached: there is no route to it",
    advice: "correct the host in REDIS_URL, or check the network",
  },
  {
    pattern: /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    found: () => "has a TLS certificate that is not valid today",
    advice: "renew it, or correct the clock of this machine",
  },
  {
    pattern: /ALTNAME_INVALID/,
    found: ({ host }) => `has a TLS certificate for another name than ${host}`,
    advice: "use the name in the certificate as host in REDIS_URL",
  },
  {
    pattern: /certificate.required|handshake failure/i,
    found: () => "asks for a client certificate, which Precis cannot give",
    advice: "let it take connections without one (tls-auth-clients no)",
  },
  {
    pattern: /SELF_SIGNED|UNABLE_TO_|SIGNATURE_FAILURE|CERT_UNTRUSTED|certificate/i,
    found: () => "has a TLS certificate that this machine does not trust",
    advice: "set NODE_EXTRA_CA_CERTS to the file of the authority that signed it",
  },
  {
    pattern: /WRONG_VERSION_NUMBER|EPROTO|ERR_SSL|ERR_TLS|secure TLS connection/,
    found: () => "does not speak TLS",
    advice: "begin REDIS_URL with redis:// there, or use the port on which it speaks TLS",
  },
  {
    pattern: /ETIMEDOUT|timed out/i,
    found: () => "cannot be reached: no answer within the time allowed",
    advice: ({ tls }) =>
      `correct the host and port in REDIS_URL, or check firewalls and whether TLS is ${tls === undefined ? "expected there (rediss://)" : "spoken there (redis:// if not)"}`,
  },
  {
    pattern: /WRONGPASS|invalid password|invalid username-password/i,
    found: ({ username }) => `refuses the ${username === undefined ? "password" : "user name or the password"}`,
    advice: "correct it in REDIS_URL, with special characters percent-encoded",
  },
  {
    pattern: /NOAUTH/,
    found: () => "asks for a password",
    advice: "give it in REDIS_URL, as in redis://user:password@host:6379",
  },
  {
    pattern: /DENIED|protected mode/,
    found: () => "is in protected mode, which takes connections from its own machine only",
    advice: "give it a password (requirepass or ACL SETUSER) and put that into REDIS_URL",
  },
  {
    pattern: /max number of clients/,
    found: () => "has as many connections as it allows",
    advice: "raise maxclients in its configuration, or close connections of others",
  },
  {
    pattern: /MISCONF/,
    found: () => "refuses writes because it cannot save its data to disk",
    advice: "see its log, and free or replace the disk",
  },
  {
    pattern: /NOREPLICAS/,
    found: () => "refuses writes because too few replicas are connected",
    advice: "start its replicas, or lower min-replicas-to-write",
  },
  {
    pattern: /MASTERDOWN/,
    found: () => "is a replica that has lost its primary",
    advice: "give the address of the primary in REDIS_URL",
  },
  {
    pattern: /Protocol error|Parse Error|RESP type/i,
    found: () => "is something else: what answers there does not speak the protocol of Redis",
    advice: "correct the host and port in REDIS_URL",
  },
  {
    pattern: /ECONNRESET|EPIPE|Connection is closed|socket hang up/,
    found: ({ tls }) => `closes the connection ${tls === undefined ? "at once" : "before TLS is agreed on"}`,
    advice: "check the port, and whether it expects TLS (rediss://) or not (redis://)",
  },
];

/** One sentence on why a connection cannot be made or used. The password is in none of its parts. */
export function explainFailure(error: unknown, url: string): ServerProblem {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  const text = `${code} ${message}`;
  const known = failures.find(({ pattern }) => pattern.test(text));
  const shown = `Redis at ${withoutPassword(url)}`;
  if (known !== undefined) {
    const address = addressOf(url);
    const advice = typeof known.advice === "string" ? known.advice : known.advice(address);
    return { found: `${shown} ${known.found(address)}`, advice };
  }
  const reason = redactAddresses(message.split("\n")[0] || code || "no reason was given");
  return { found: `${shown} cannot be used: ${reason}`, advice: "see its log" };
}
