import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { FactoryProvider, InjectionToken } from '@nestjs/common';

type Constructor<Args extends readonly unknown[], Instance> = new (...args: Args) => Instance;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the instance's type matters here: an abstract class of any arguments is a token
type Token<Instance> = abstract new (...args: any[]) => Instance;
type Tokens<Args extends readonly unknown[]> = { readonly [Index in keyof Args]: Token<Args[Index]> };

const tracer = trace.getTracer('aegis');

/**
 * A class of the application layer as a Nest provider. The compiler checks each dependency and its place, so that a class without
 * decorators cannot be wired wrongly; `execute` gets its span here, once for all use cases.
 */
export function provide<Args extends readonly unknown[], Instance extends object>(
  useCase: Constructor<Args, Instance>,
  dependencies: Tokens<Args>,
): FactoryProvider<Instance> {
  return {
    provide: useCase,
    inject: [...(dependencies as readonly InjectionToken[])],
    useFactory: (...args: unknown[]) => traced(new useCase(...(args as unknown as Args)), useCase.name),
  };
}

function traced<Instance extends object>(instance: Instance, name: string): Instance {
  if (!('execute' in instance) || typeof instance.execute !== 'function') return instance;
  const execute = instance.execute.bind(instance) as (...args: unknown[]) => Promise<unknown>;
  const inSpan = (...args: unknown[]): Promise<unknown> =>
    tracer.startActiveSpan(name, async (span) => {
      try {
        return await execute(...args);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  return Object.assign(instance, { execute: inSpan });
}
