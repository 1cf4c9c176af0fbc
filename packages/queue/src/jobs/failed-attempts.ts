import { type ErrorCode, type JobFailure, PrecisError } from "@precis/contracts";

/**
 * `JOB_ATTEMPTS` applies to each cause separately: a job whose model twice failed to load is not to blame when the model
 * process then dies for the first time. A model process and a whole worker are one cause, since a text that takes too much
 * memory kills one or the other.
 */
const causes = { death: ["model_process_died", "worker_died"], loading: ["model_load_failed"], other: [] } as const;
type Cause = keyof typeof causes;

/** BullMQ counts the attempts of all causes together, so it must allow `JOB_ATTEMPTS` times this number. */
export const causeCount = Object.keys(causes).length;

/** Longer messages of the runtime are cut: they are stored with the job until it ends. */
const maxMessageLength = 300;

/** The decision after a failed attempt. */
export interface FailedAttempt {
  /** Set when no attempt is left. */
  final?: JobFailure;
  /** Whether the job itself is to blame: no process survived it although it ran alone. */
  isQuarantined: boolean;
  /** All failed attempts, this one included. */
  failures: JobFailure[];
}

/** @param limit attempts a job has for each cause */
export function countFailure(
  earlier: readonly JobFailure[],
  { code, message }: JobFailure,
  limit: number,
): FailedAttempt {
  const failures = [...earlier, { code, message: message.slice(0, maxMessageLength) }];
  const cause = causeOf(code);
  const same = failures.filter((failure) => causeOf(failure.code) === cause);
  if (same.length < limit) return { isQuarantined: false, failures };
  return { final: { code, message: describeFailures(same) }, isQuarantined: cause === "death", failures };
}

export function isDeath(code: ErrorCode): boolean {
  return causeOf(code) === "death";
}

function causeOf(code: ErrorCode): Cause {
  const known = (Object.keys(causes) as Cause[]).find((cause) =>
    (causes[cause] as readonly ErrorCode[]).includes(code),
  );
  return known ?? "other";
}

/** One sentence about failures that have the same cause. */
function describeFailures(failures: readonly JobFailure[]): string {
  const last = failures.at(-1) as JobFailure;
  const times = (count: number) => (count === 1 ? "" : ` ${count} times`);
  if (!isDeath(last.code))
    return failures.length === 1 ? last.message : `${last.message} (${failures.length} attempts)`;
  const counts = new Map<string, number>();
  for (const { message } of failures) counts.set(message, (counts.get(message) ?? 0) + 1);
  return `${[...counts].map(([message, count]) => message + times(count)).join(" and ")} while it ran this job alone`;
}

/** An error as the failure of a job; unexpected errors are internal. */
export function toFailure(error: unknown): JobFailure {
  if (error instanceof PrecisError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}
