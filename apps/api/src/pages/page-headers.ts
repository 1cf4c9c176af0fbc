import { importMapHashes } from "@precis/ui";
import { secureHeaders } from "hono/secure-headers";

/** Scripts, styles, images and requests from this server only; no other site may frame a page with buttons. */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'", ...importMapHashes],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // The proxy that terminates HTTPS decides whether to require it.
  strictTransportSecurity: false,
  referrerPolicy: "same-origin",
});
