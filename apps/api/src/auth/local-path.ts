/** A path on this server to continue to; anything that could lead elsewhere becomes the board. */
export function localPath(given: unknown): string {
  return typeof given === "string" && /^\/(?![/\\])[\w\-./~%?=&]*$/.test(given) ? given : "/admin/queues";
}
