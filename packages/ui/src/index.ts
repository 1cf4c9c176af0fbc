/**
 * The web pages, as the API renders them. In the page folders, `.tsx` is a view, `.ts` runs in the browser, and styles lie
 * beside them; `dist/assets` holds what browsers load.
 */
import { fileURLToPath } from "node:url";

export { FleetPage } from "./fleet/fleet-page.js";
export { importMapHashes } from "./import-map.js";
export { JobNotFoundPage, JobPage, type JobPageProps } from "./job/job-page.js";
export { LoginPage, type LoginPageProps } from "./login/login-page.js";
export { PlaygroundPage, type PlaygroundProps } from "./playground/playground-page.js";

/** Folder of the static files, to be served at `/assets/`. */
export const assetsFolder = fileURLToPath(new URL("assets", import.meta.url));
