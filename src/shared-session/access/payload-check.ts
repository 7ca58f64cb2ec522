import { DefaultValuePipe, type Type, ValidationPipe } from '@nestjs/common';
import { PayloadPipe } from './payload.pipe.js';

/** What Nest knows of a handler's parameter. */
export interface Parameter {
  readonly index: number;
  readonly schema?: unknown;
  /** Those of the parameter's own, instances or classes. */
  readonly pipes?: readonly unknown[];
}

/**
 * Whether something checks a payload: its schema, a pipe of the parameter's own, or a `ValidationPipe` where the
 * parameter's type is a class, whose rules for class-validator that pipe finds.
 *
 * @param type what TypeScript emits for the parameter's type
 * @param around the pipes of the application, the gateway and the handler, instances or classes
 */
export function isChecked(
  { schema, pipes = [] }: Parameter,
  type: unknown,
  around: readonly unknown[],
): boolean {
  if (schema !== undefined) return true;
  if (pipes.some(checksByItself)) return true;
  return [...pipes, ...around].some((pipe) => isA(pipe, ValidationPipe) && hasRules(pipe, type));
}

function checksByItself(pipe: unknown): boolean {
  if (isA(pipe, PayloadPipe)) return pipe instanceof PayloadPipe && pipe.isBound;
  return !isA(pipe, ValidationPipe) && !isA(pipe, DefaultValuePipe);
}

function isA(pipe: unknown, type: Type): boolean {
  return pipe instanceof type || pipe === type || (pipe as Type).prototype instanceof type;
}

/** A ValidationPipe hands on whatever comes where there is no class: plain types, interfaces and unions are `Object`. */
function hasRules(pipe: unknown, type: unknown): boolean {
  const { expectedType = type } = pipe as { readonly expectedType?: unknown };
  return typeof expectedType === 'function' && !isBuiltIn(expectedType as Type);
}

function isBuiltIn(type: Type): boolean {
  return Reflect.get(globalThis, type.name) === type;
}
