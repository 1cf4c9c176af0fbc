import { isBlank } from "@precis/contracts";
import { expect, it } from "vitest";
import { cleanText, collapseSpaces } from "./clean-text.js";

it("replaces characters that tokenizers do not accept, without joining words", () => {
  expect(cleanText("a\u0000b")).toBe("a b");
  expect(cleanText("a\ud800b")).toBe("a\ufffdb");
  expect(cleanText("\ufeffone\r\ntwo\rthree\u2028four")).toBe("one\ntwo\nthree\nfour");
});

it("keeps emoji sequences, right-to-left marks and tabs", () => {
  const text = "👩‍👩‍👧 \u200fمرحبا\u200e\tend";
  expect(cleanText(text)).toBe(text);
});

it("recognizes a text without a visible character", () => {
  for (const text of ["", " \n\t", "\u0000\u200b\u2028", "\ufeff"]) expect(isBlank(text)).toBe(true);
  for (const text of [".", "\ufffd", "́"]) expect(isBlank(text)).toBe(false);
});

it("collapses whitespace into single spaces", () => {
  expect(collapseSpaces("  a\n\n b\u00a0c ")).toBe("a b c");
});
