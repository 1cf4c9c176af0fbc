import { createScript, type Keys, type Redis, type Script } from "@precis/redis";
import { Job, type Queue } from "bullmq";
import { commonOptions, priorityOf } from "./bullmq/job-options.js";
import type { NewJob } from "./jobs/add-jobs.js";

/** Writes jobs without webhooks, each with its text and its index entries; returns the faults by the jobs' places. */
export type WritePlainJobs = (jobs: readonly NewJob[], textTtlMs: number) => Promise<ReadonlyMap<number, Error>>;

/** What BullMQ would send to add one job. */
interface Recorded {
  lua: string;
  keys: string[];
  /** MessagePack: key prefix, job id, name, time, then what belongs to flows and deduplication. */
  args: Buffer;
  /** MessagePack: the job's options. */
  options: Buffer;
}

/**
 * One script for any number of jobs: BullMQ's own for a prioritized job, run once per job, after the text and the index
 * entries. So text and job are there at the same time or not at all, and a server that does not know the script has
 * written nothing. Through BullMQ itself a job costs this process four times as much, most of it in building and sending
 * a command of its own. The two indexes every job is in are written for all at once, which spares Redis two calls a job.
 *
 * `add` is given its arguments unpacked, so that they are not packed here only to be unpacked there.
 *
 * KEYS: those of BullMQ's script; jobs, expiries, deadlines; then the text of each job.
 * ARGV: time in ms, ms to keep texts; then for each job id, text, data, priority, when to look at it, when it must start
 * or "". Returns place and message of each job that was not written. What a replica says is an error of the whole script: by
 * it the connection notices that it leads to the wrong server.
 */
const scriptOf = ({ lua, keys, args, options }: Recorded): string => `
local args = cmsgpack.unpack("${luaBytes(args)}")
local options = cmsgpack.unpack("${luaBytes(options)}")
local unpacked = { unpack = function(value) return value end, pack = cmsgpack.pack }
local function add(KEYS, ARGV, cmsgpack)
${lua}
end
local bull = {}
for i = 1, ${keys.length} do bull[i] = KEYS[i] end
local jobs, expiries, deadlines = KEYS[${keys.length + 1}], KEYS[${keys.length + 2}], KEYS[${keys.length + 3}]
args[4] = tonumber(ARGV[1])
local function write(textKey, at)
  local id, startBy = ARGV[at], ARGV[at + 5]
  args[2], options.jobId = id, id
  options.priority = tonumber(ARGV[at + 3])
  redis.call("SET", textKey, ARGV[at + 1], "PX", ARGV[2])
  if startBy ~= "" then redis.call("ZADD", deadlines, startBy, id) end
  local added = add(bull, { args, ARGV[at + 2], options }, unpacked)
  if type(added) == "number" and added < 0 then error("BullMQ refused the job with " .. added) end
end
local known, looked = {}, {}
for at = 3, #ARGV, 6 do
  known[#known + 1], known[#known + 2] = 0, ARGV[at]
  looked[#looked + 1], looked[#looked + 2] = ARGV[at + 4], ARGV[at]
end
local function refused(index, entries)
  local reply = redis.pcall("ZADD", index, unpack(entries))
  return type(reply) == "table" and reply.err
end
local refusal = refused(jobs, known) or refused(expiries, looked)
if refusal and string.find(refusal, "READONLY", 1, true) then return redis.error_reply("READONLY " .. refusal) end
local faults = {}
for i = 1, #KEYS - ${keys.length + 3} do
  local written, fault = false, refusal
  if not refusal then written, fault = pcall(write, KEYS[${keys.length + 3} + i], 3 + (i - 1) * 6) end
  if not written then
    faults[#faults + 1] = i - 1
    faults[#faults + 1] = type(fault) == "table" and fault.err or tostring(fault)
  end
end
return faults`;

export function createPlainJobWriter(bull: Queue, redis: Redis, keys: Keys): WritePlainJobs {
  let prepared: Promise<{ script: Script; keys: string[] }> | undefined;
  const prepare = async () => {
    const recorded = await record(bull, redis);
    return {
      script: createScript(scriptOf(recorded)),
      keys: [...recorded.keys, keys.jobs, keys.expiries, keys.deadlines],
    };
  };
  return async (jobs, textTtlMs) => {
    prepared ??= prepare();
    const known = await prepared.catch((error) => {
      prepared = undefined;
      throw error;
    });
    const now = Date.now();
    const touched = [...known.keys];
    const args: (string | number)[] = [now, textTtlMs];
    for (const { id, data, text } of jobs) {
      touched.push(keys.text(id));
      args.push(
        id,
        text,
        JSON.stringify(data),
        priorityOf(data),
        now + data.resultTtlSeconds * 1_000,
        data.startBy ?? "",
      );
    }
    const reply = (await known.script(redis, touched, args)) as (number | string)[];
    const faults = new Map<number, Error>();
    for (let index = 0; index < reply.length; index += 2) {
      // Redis 6.2 puts the place in the script before its own message.
      const message = String(reply[index + 1]).replace(/^@?user_script:\s*\d+:\s*-?/, "");
      faults.set(Number(reply[index]), new Error(message));
    }
    return faults;
  };
}

/** Has BullMQ add a job to a client that only notes what it is given. */
async function record(bull: Queue, redis: Redis): Promise<Recorded> {
  await bull.waitUntilReady();
  const notes: { name: string; args: unknown[] }[] = [];
  const noting = {
    runCommand: (name: string, args: unknown[]) => {
      notes.push({ name, args });
      return noting;
    },
  };
  const job = new Job(
    bull,
    "summarize",
    {},
    { ...bull.defaultJobOptions, ...commonOptions, priority: 1, jobId: "any" },
    "any",
  );
  await job.addJob(noting as unknown as Parameters<Job["addJob"]>[0]);
  const [note] = notes;
  const scripts = redis.scriptsSet as Record<string, { lua: string; numberOfKeys: number } | undefined>;
  const script = note && scripts[note.name];
  const [args, , packed] = note?.args.slice(script?.numberOfKeys) ?? [];
  if (notes.length !== 1 || script === undefined || !(args instanceof Buffer) || !(packed instanceof Buffer)) {
    throw new Error("this version of BullMQ adds jobs in a way Precis does not know");
  }
  const keys = (note?.args.slice(0, script.numberOfKeys) ?? []) as string[];
  return { lua: script.lua, keys, args, options: packed };
}

/** Bytes as they stand in a Lua string. */
function luaBytes(bytes: Buffer): string {
  return Array.from(bytes, (byte) => `\\${String(byte).padStart(3, "0")}`).join("");
}
