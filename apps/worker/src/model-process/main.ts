/** Entry of a model process: the only code that runs with weights in memory. It knows its supervisor and nothing else. */
import { type IpcResponse, ipcRequestSchema } from "@precis/contracts";
import { createAnswerer } from "./answer-request.js";
import { createOutbox } from "./message-batcher.js";

const send = createOutbox<IpcResponse>((messages) => {
  // A supervisor that was killed is noticed by whichever comes first, the closed channel or a write to it. Without a
  // callback the write's EPIPE would be thrown.
  if (process.connected) process.send?.(messages, undefined, undefined, (error) => error !== null && process.exit(0));
});
const answerer = createAnswerer(send);

process.on("message", (raw) => {
  const parsed = ipcRequestSchema.safeParse(raw);
  if (parsed.success) answerer.answer(parsed.data);
  else send({ type: "load-failed", code: "internal", message: `unknown message: ${parsed.error.message}` });
});

// A supervisor that dies must not leave gigabytes behind.
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => void answerer.stop().finally(() => process.exit(0)));
// Ctrl-C in a terminal reaches the whole process group; the supervisor decides when its models end.
process.on("SIGINT", () => {});
