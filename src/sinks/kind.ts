import type { z } from 'zod'
import { defined, type PartDefinition } from '../parts/definition.js'
import type { SinkDefinition } from './sink.js'

/** A kind of sink. `src/sinks/index.ts` lists all of them. */
export interface SinkKind<Name extends string = string, Schema extends z.ZodObject = z.ZodObject>
  extends PartDefinition<z.output<Schema>> {
  /** The `type` in its settings. */
  readonly name: Name
  /** The schema of its settings, with `commonKeys`. */
  readonly config: Schema
  /** Returns what differs between kinds in the description of a sink. */
  open(config: z.output<Schema>): Pick<SinkDefinition, 'target' | 'parallel' | 'batch' | 'create'>
}

/** Infers name and schema of a definition, which must agree about its `type`. */
export function defineSink<
  const Name extends string,
  Schema extends z.ZodObject<{ type: z.ZodLiteral<NoInfer<Name>> }>,
>(kind: SinkKind<Name, Schema>): SinkKind<Name, Schema> {
  return defined(kind)
}
