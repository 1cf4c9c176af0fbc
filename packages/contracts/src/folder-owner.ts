import { z } from "zod";

/** The owner of a state folder: the content of its lock file. */
export const folderOwnerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Identifies the running kernel (Linux' boot id); empty where the system has none. */
  boot: z.string(),
  /** File name of the socket that accepts connections while the owner lives. */
  socket: z.string().regex(/^[\w.-]+$/),
  /** Whether the owner keeps the folder only for one short command. */
  brief: z.boolean(),
  /** Set by an owner that has ended in order. */
  released: z.boolean(),
});
export type FolderOwner = z.infer<typeof folderOwnerSchema>;
