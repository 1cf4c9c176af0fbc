/** Entry of a model process: the only code that runs with weights in memory. It exchanges messages with its supervisor only. */
import { type IpcResponse, ipcRequestSchema } from "@precis/contracts";
import { RequestAnswerer } from "./answer-request.js";
import { MessageBatcher } from "./message-batcher.js";

const batcher = new MessageBatcher<IpcResponse>((messages) => {
  // The death of a supervisor shows as a closed channel or as a failed write, whichever comes first. Without a callback the EPIPE of
  // the write would be thrown.
  if (process.connected) process.send?.(messages, undefined, undefined, (error) => error !== null && process.exit(0));
});
const send = (message: IpcResponse) => batcher.send(message);
const answerer = new RequestAnswerer(send);

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
