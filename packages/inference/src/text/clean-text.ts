/**
 * Makes any JavaScript string a text that a tokenizer can take: lone surrogates become U+FFFD, NULs and other control
 * characters spaces (a deletion would join two words), every kind of line end `\n`. Byte order marks go.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replace(/\ufeff/g, "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, " ")
    .trim();
}

/** All whitespace as single spaces. */
export function collapseSpaces(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
