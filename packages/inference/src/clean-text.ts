/** Makes a text well-formed: lone surrogates become U+FFFD, NULs and other control characters spaces. */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, " ")
    .trim();
}
