import { z } from 'zod'
import type { SeverityName } from '../../../event/severity.js'
import { type Derivation, hostIn } from '../../../types/derivation.js'
import type { EventTypeDefinition } from '../../../types/event-type.js'
import { schemaOf } from '../../../types/schema-of.js'

/** The data of a Salt event. Further keys are allowed, since Salt and its modules add some. */
export function saltEvent<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.looseObject({ ...shape, _stamp: stamp() })
}

const stamp = () =>
  z.string().meta({ description: 'Time of sending, UTC without a zone: `2026-11-20T04:42:33.603103`.' })

/** The id of a minion or a syndic. */
export const id = () => z.string().meta({ description: 'Id of the minion.' })
export const jid = () => z.string().meta({ description: 'Id of the job, 20 digits: its start time, UTC.' })
export const ids = () => z.array(z.string())
/** The function, or a list of the functions of a job with several. */
export const fun = () => z.union([z.string(), z.array(z.string())])

export interface SaltType {
  readonly type: `salt.${string}`
  readonly tags: readonly string[]
  readonly summary: string
  readonly display?: string
  /** Made when somebody asks for it. */
  readonly schema: () => z.ZodObject
  readonly correlation?: readonly string[]
  readonly severity?: Derivation<SeverityName>
}

/** The type for the registry. The host of an event is its minion. Events that a syndic forwards keep their tag after the prefix `syndic/<id>/`. */
export function toEventType({ schema, tags, ...rest }: SaltType): EventTypeDefinition {
  const forwarded = tags.filter((tag) => tag.startsWith('salt/')).map((tag) => `syndic/*/${tag}`)
  return { host: hostIn('data.id'), ...rest, tags: [...tags, ...forwarded], schema: () => schemaOf(schema()) }
}
