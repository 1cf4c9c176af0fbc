import type { FleetView } from "@precis/contracts";
import type { Services } from "../services.js";
import { viewFleet } from "./view-fleet.js";

/** How often the fleet is looked at while somebody watches. */
const everyMs = 1_000;

export type FleetListener = (view: FleetView | undefined) => void;

/** Shares one look at Redis among all open fleet pages; looks at nothing while there are none. */
export function createFleetFeed(parts: Services): { watch(listener: FleetListener): () => void } {
  const listeners = new Set<FleetListener>();
  let looking = false;

  const look = async () => {
    if (listeners.size === 0) {
      looking = false;
      return;
    }
    // `undefined` tells the pages that Redis is away, so that they do not show old figures as present ones.
    const view = await viewFleet(parts).catch(() => undefined);
    for (const listener of listeners) listener(view);
    setTimeout(look, everyMs);
  };

  return {
    watch: (listener) => {
      listeners.add(listener);
      if (!looking) {
        looking = true;
        void look();
      }
      return () => listeners.delete(listener);
    },
  };
}
