import { z } from 'zod'
import type { EventType } from '../../../types/event-type.js'
import { schemaOf } from '../../../types/schema-of.js'

/** The data of a Salt event. Salt and its modules add keys as they like: others are allowed. */
export function saltEvent<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.looseObject({ ...shape, _stamp: stamp() })
}

const stamp = () =>
  z.string().meta({ description: 'When it was sent, UTC without a zone: `2026-11-20T04:42:33.603103`.' })

/** Of a minion or a syndic. */
export const id = () => z.string().meta({ description: 'Id of the minion.' })
export const jid = () => z.string().meta({ description: 'Id of the job, 20 digits: when it began, UTC.' })
export const ids = () => z.array(z.string())
/** A job of several functions names them all. */
export const fun = () => z.union([z.string(), z.array(z.string())])

export interface SaltType {
  readonly type: `salt.${string}`
  readonly tags: readonly string[]
  readonly summary: string
  readonly schema: z.ZodObject
  readonly correlation?: readonly string[]
}

/** As the registry takes it. Events that a syndic hands on keep their tag behind `syndic/<id>/`. */
export function toEventType({ schema, tags, ...rest }: SaltType): EventType {
  const handedOn = tags.filter((tag) => tag.startsWith('salt/')).map((tag) => `syndic/*/${tag}`)
  return { ...rest, tags: [...tags, ...handedOn], schema: schemaOf(schema) }
}
