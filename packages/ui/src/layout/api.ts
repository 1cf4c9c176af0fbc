import { createClient } from "@precis/client";

/** The API that served this page. This module lies two folders below its root, whatever path a proxy puts before it. */
export const api = createClient({ url: new URL("../../", import.meta.url).href, retries: 2 });
