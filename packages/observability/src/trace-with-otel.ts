import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { omitUndefined } from "@precis/contracts";
import { BullMQOTelSpan, BullMQOtel } from "bullmq-otel";

/** A trace's context on its way to another process: `traceparent` and what goes with it. */
export type Carrier = Record<string, string>;

export type BullTelemetry = Pick<BullMQOtel, "tracer" | "contextManager">;

export interface TracedSpan {
  set(name: string, value: string | number | boolean): void;
}

export interface TracingOptions {
  /** Last part of the service's name: `precis-<service>`. `OTEL_SERVICE_NAME` goes before it. */
  service: string;
  version?: string;
}

export interface Tracing {
  /** For BullMQ's option `telemetry`; absent while tracing is off. */
  readonly bull: BullTelemetry | undefined;
  /** The active context, to be carried to another process; `undefined` while tracing is off. */
  carrier(): Carrier | undefined;
  /** Runs `work` in a span of its own; an error it throws is the span's too. */
  span<Result>(
    name: string,
    options: {
      /** Where it goes on from; the active context when absent. */
      parent?: Carrier | undefined;
      kind?: "internal" | "client";
      attributes?: Record<string, string | number | boolean>;
    },
    work: (span: TracedSpan) => Promise<Result>,
  ): Promise<Result>;
  /** Sends what has not been sent yet, for at most two seconds. */
  stop(): Promise<void>;
}

/** Traces to an OTLP receiver (http/json); address, headers, sampling and batching by OpenTelemetry's own variables. */
export function traceWithOtel({ service, version }: TracingOptions): Tracing {
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        "service.name": `precis-${service}`,
        ...(version === undefined ? {} : { "service.version": version }),
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new NodeTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  const tracer = trace.getTracer("precis", version);
  return {
    bull: withoutHousekeeping(new BullMQOtel({ tracerName: "precis-queue", ...omitUndefined({ version }) })),
    carrier: () => {
      const carrier: Carrier = {};
      propagation.inject(context.active(), carrier);
      return carrier;
    },
    span: (name, { parent, kind, attributes }, work) => {
      const from = parent === undefined ? context.active() : propagation.extract(ROOT_CONTEXT, parent);
      const spanKind = kind === "client" ? SpanKind.CLIENT : SpanKind.INTERNAL;
      return tracer.startActiveSpan(name, { kind: spanKind, attributes: attributes ?? {} }, from, async (span) => {
        try {
          return await work({ set: (key, value) => void span.setAttribute(key, value) });
        } catch (error) {
          span.recordException(error as Error);
          span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    stop: async () => {
      const late = new Promise((resolve) => setTimeout(resolve, 2_000).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

/**
 * BullMQ's own rounds (looking for jobs, renewing locks) are spans as well, several a second and part of no trace. They
 * are passed by; what is done inside them stays where it belongs.
 */
function withoutHousekeeping(bull: BullMQOtel): BullTelemetry {
  const { tracer, contextManager } = bull;
  return {
    contextManager: Object.assign(contextManager, { root: () => ROOT_CONTEXT }),
    tracer: {
      startSpan: (name, options, from) => {
        const kind: number | undefined = options?.kind;
        if (kind !== SpanKind.INTERNAL) return tracer.startSpan(name, options, from);
        const above = trace.getSpanContext((from as Context | undefined) ?? context.active());
        return new BullMQOTelSpan(trace.wrapSpanContext(above ?? INVALID_SPAN_CONTEXT));
      },
    } as BullTelemetry["tracer"],
  };
}
