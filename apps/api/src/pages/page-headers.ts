import { secureHeaders } from "hono/secure-headers";

/** Only what we serve ourselves may run, show or be spoken to; nobody may frame a page with buttons. */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // Whether to insist on HTTPS is for whoever terminates it.
  strictTransportSecurity: false,
  referrerPolicy: "same-origin",
});
