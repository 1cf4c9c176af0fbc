import type {
  BatchAccepted,
  BatchView,
  CommandResult,
  JobAccepted,
  JobEvent,
  JobPage,
  JobView,
  Memory,
  ModelName,
  Problem,
  summarizeRequestSchema,
} from "@precis/contracts";
import { expectTypeOf, it } from "vitest";
import type * as client from "./api.js";

/** Checked by the compiler: what the API sends must be what the client's own types say, and the other way round. */
it("the client's types are the contracts' types", () => {
  expectTypeOf<JobView>().toExtend<client.Job>();
  expectTypeOf<JobAccepted>().toExtend<client.JobAccepted>();
  expectTypeOf<JobPage>().toExtend<client.JobPage>();
  expectTypeOf<BatchAccepted>().toExtend<client.BatchAccepted>();
  expectTypeOf<BatchView>().toExtend<client.Batch>();
  expectTypeOf<Memory>().toExtend<client.Memory>();
  expectTypeOf<CommandResult>().toEqualTypeOf<client.CommandResult>();
  expectTypeOf<Problem>().toExtend<client.Problem>();
  expectTypeOf<JobEvent>().toExtend<client.JobEvent>();
  expectTypeOf<ModelName>().toEqualTypeOf<client.ModelName>();
  expectTypeOf<JobView["status"]>().toEqualTypeOf<client.JobStatus>();
  type Request = (typeof summarizeRequestSchema)["_zod"]["input"];
  expectTypeOf<Pick<client.SubmitRequest, keyof Request & keyof client.SubmitRequest>>().toExtend<Partial<Request>>();
  expectTypeOf<Exclude<keyof Request, keyof client.SubmitRequest>>().toEqualTypeOf<never>();
});
