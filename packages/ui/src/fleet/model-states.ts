import type { ModelState } from "@precis/contracts";

/** Model states in plain words, in the order in which they are listed: those that use memory first. */
export const stateLabels: Record<ModelState, string> = {
  busy: "busy",
  ready: "ready",
  loading: "loading",
  draining: "draining",
  terminating: "terminating",
  absent: "not loaded",
};
