import { z } from 'zod'
import { cloudEvent } from './schemas.js'

/** Describes a result as JSON shows it: frames as CloudEvents under `event` and `events`, other bytes in base64. */
export function shown(result: z.ZodType): z.ZodType {
  if (!(result instanceof z.ZodObject)) return result
  const members: [string, z.ZodType][] = Object.entries(result.shape)
  if (!members.some(([, member]) => isBytes(member))) return result
  return z.object(Object.fromEntries(members.map(([name, member]) => shownMember(name, member))))
}

function shownMember(name: string, member: z.ZodType): [string, z.ZodType] {
  if (!isBytes(member)) return [name, member]
  if (name === 'frame') return ['event', cloudEvent]
  return name === 'frames' ? ['events', z.array(cloudEvent)] : [name, z.base64()]
}

function isBytes(schema: z.ZodType): boolean {
  return schema instanceof z.ZodCustom
}
