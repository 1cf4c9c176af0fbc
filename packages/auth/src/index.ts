export { type KeyStore, openKeyStore } from "./key-store.js";
export { remember } from "./remember.js";
export { openSessionStore, type SessionStore, sessionSeconds } from "./session-store.js";
export { hashToken, prefixOf } from "./token.js";
