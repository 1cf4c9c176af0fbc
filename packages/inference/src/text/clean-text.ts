/**
 * Turns any string into a text that tokenizers accept: lone surrogates become U+FFFD, control characters become spaces
 * (removing them would join two words), and line ends become `\n`. Byte order marks are removed.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replace(/\ufeff/g, "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, " ")
    .trim();
}

/** Replaces each run of whitespace with a single space. */
export function collapseSpaces(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
