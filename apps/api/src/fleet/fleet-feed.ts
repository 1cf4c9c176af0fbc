import type { FleetView } from "@precis/contracts";
import type { Services } from "../services.js";
import { viewFleet } from "./view-fleet.js";

/** How often the fleet is read while at least one page is open. */
const intervalMs = 1_000;

/** Called with `undefined` while Redis is not reachable, so that a page does not show old figures as current. */
export type FleetListener = (view: FleetView | undefined) => void;

/** Reads the fleet once for all open pages, and not at all while none is open. */
export function createFleetFeed(services: Services): { subscribe(listener: FleetListener): () => void } {
  const listeners = new Set<FleetListener>();
  let isReading = false;

  const read = async () => {
    if (listeners.size === 0) {
      isReading = false;
      return;
    }
    const view = await viewFleet(services).catch(() => undefined);
    for (const listener of listeners) listener(view);
    setTimeout(read, intervalMs);
  };

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      if (!isReading) {
        isReading = true;
        void read();
      }
      return () => listeners.delete(listener);
    },
  };
}
