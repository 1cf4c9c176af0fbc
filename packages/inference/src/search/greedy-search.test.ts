import fc from "fast-check";
import { expect, it } from "vitest";
import { createGreedySearch } from "./greedy-search.js";
import { neutralSettings } from "./settings.js";

const tokens = { start: 0, end: [1] };
const settings = { ...neutralSettings, max_length: 10 };

it("chooses the first of the highest scores, at any position", () => {
  const score = fc.integer({ min: -4, max: 4 });
  fc.assert(
    fc.property(fc.array(score, { minLength: 2, maxLength: 40 }), (scores) => {
      const search = createGreedySearch(settings, tokens);
      search.advance([Float32Array.from(scores)]);
      expect(search.best()).toEqual([scores.indexOf(Math.max(...scores))]);
    }),
  );
});
