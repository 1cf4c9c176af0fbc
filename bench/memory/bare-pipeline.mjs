// A program without Precis: loads `pipeline("summarization")` from a folder, tells its parent, and exits.
import { env, pipeline } from "@huggingface/transformers";

env.allowRemoteModels = false;
await pipeline("summarization", process.argv[2], { dtype: "q8", device: "cpu", local_files_only: true });
process.send("ready", () => process.exit(0));
