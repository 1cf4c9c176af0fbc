import { isBlank } from "@precis/contracts";
import { expect, it } from "vitest";
import { cleanText, collapseSpaces } from "./clean-text.js";

it("turns what no tokenizer can take into what it can, without joining words", () => {
  expect(cleanText("a\u0000b")).toBe("a b");
  expect(cleanText("a\ud800b")).toBe("a\ufffdb");
  expect(cleanText("\ufeffone\r\ntwo\rthree\u2028four")).toBe("one\ntwo\nthree\nfour");
});

it("keeps what only looks odd: emoji sequences, right-to-left marks, tabs", () => {
  const text = "👩‍👩‍👧 \u200fمرحبا\u200e\tend";
  expect(cleanText(text)).toBe(text);
});

it("knows a text that shows nothing", () => {
  for (const text of ["", " \n\t", "\u0000\u200b\u2028", "\ufeff"]) expect(isBlank(text)).toBe(true);
  for (const text of [".", "\ufffd", "́"]) expect(isBlank(text)).toBe(false);
});

it("makes any white space one space", () => {
  expect(collapseSpaces("  a\n\n b\u00a0c ")).toBe("a b c");
});
