export { type KeyStore, openKeyStore } from "./key-store.js";
export { openSessionStore, type SessionStore, sessionSeconds } from "./session-store.js";
