import { type KeyStore, openKeyStore, openSessionStore, type SessionStore } from "@precis/auth";
import type { Services } from "../services.js";
import { type Authenticator, createAuthenticator } from "./authenticate.js";
import { type Authorize, createAuthorize } from "./authorize.js";
import { createFailureLimit, type FailureLimit } from "./limit-failures.js";
import { createOwnershipRules, type OwnershipRules } from "./require-ownership.js";

/** Everything about who may do what. */
export interface Auth {
  store: KeyStore;
  sessions: SessionStore;
  authenticator: Authenticator;
  authorize: Authorize;
  failures: FailureLimit;
  ownership: OwnershipRules;
}

export function createAuth({ config, redis, keys, queue, log }: Services): Auth {
  const store = openKeyStore(redis, keys);
  const sessions = openSessionStore(redis, keys, store);
  const authenticator = createAuthenticator(store, sessions);
  const failures = createFailureLimit(log);
  const authorize = createAuthorize(config, redis, authenticator, failures);
  return { store, sessions, authenticator, authorize, failures, ownership: createOwnershipRules(queue) };
}
