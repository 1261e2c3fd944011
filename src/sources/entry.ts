import { z } from 'zod'
import { duration, durationOrOff } from '../config/values/units.js'
import { messageOf } from '../errors/thrown.js'
import { parseRedactions } from '../filter/redact.js'
import type { Source, SourceDefinition, SourcePolicy } from './source.js'

/** Returns the setting `name` of an entry: one segment of its tags or of its source attribute. */
export function entryName(description: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, {
      error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
    })
    .describe(description)
}

/** The setting `silentAfter` of an entry. */
export const silentAfter = durationOrOff({ min: 1_000 })
  .prefault('off')
  .describe('Time without an event after which the source is reported as silent.')

/** The setting `once` of an entry, for what every hub of a cluster can reach. */
export const once = z
  .boolean()
  .default(false)
  .describe(
    'In a cluster: only the primary hub runs it, and another hub continues when that one is gone. All hubs need the same entry.',
  )

/** The settings of what happens to the events of a source before they are stored. */
export const eventPolicy = {
  redact: z
    .array(redactedPath())
    .max(64)
    .default([])
    .describe(
      'Values that are taken out before anything is stored, such as `data.fields.password`. `*` stands for any one key, `**` for any number of them.',
    ),
  rateLimit: z
    .strictObject({
      events: z.int().min(1).max(10_000_000).describe('Events that are published in `per`.'),
      per: duration({ min: 100, max: 86_400_000 }).prefault('1s'),
    })
    .optional()
    .describe('Events over the limit are dropped, counted, and reported in `hub/gap/<source>`.')
    .meta({ whole: true }),
  collapse: durationOrOff({ min: 100, max: 86_400_000 })
    .prefault('off')
    .describe(
      'Repeats of an event within this time are left out; one event then says how many, in `repeated`.',
    ),
}

export interface PolicyConfig {
  redact: readonly string[]
  rateLimit?: { events: number; per: number }
  collapse?: number
}

/** Returns what `eventPolicy` sets; undefined if that is nothing. */
export function policyOf(
  { redact, rateLimit, collapse }: PolicyConfig,
  volatile: readonly string[] = [],
): SourcePolicy | undefined {
  if (redact.length === 0 && rateLimit === undefined && collapse === undefined) return undefined
  return { redact: parseRedactions(redact), rateLimit, collapse, volatile }
}

interface EntryConfig extends PolicyConfig {
  name: string
  silentAfter?: number
  once?: boolean
}

/** Returns the source of an entry. `volatile`: fields that differ although the same has happened again. */
export function sourceOfEntry(
  kind: string,
  config: EntryConfig,
  volatile: readonly string[],
  create: () => Source,
): SourceDefinition {
  const { name, silentAfter, once } = config
  return { name: `${kind}/${name}`, silentAfter, once, policy: policyOf(config, volatile), create }
}

/** The same for one that receives what others send: its tags do not name this host. */
export function receiverOfEntry(...entry: Parameters<typeof sourceOfEntry>): SourceDefinition {
  const source = sourceOfEntry(...entry)
  return { ...source, tags: source.name }
}

function redactedPath() {
  return z
    .string()
    .min(1)
    .max(512)
    .superRefine((path, context) => {
      try {
        parseRedactions([path])
      } catch (error) {
        context.addIssue(messageOf(error))
      }
    })
}

/** Returns the list of sources of one kind in the configuration. Each must have a name of its own. */
export function entriesOf<Entry extends z.ZodType<{ name: string }>>(
  entry: Entry,
  most = 256,
): z.ZodArray<Entry> {
  return z
    .array(entry)
    .max(most)
    .superRefine((entries, context) => {
      entries.forEach(({ name }, i) => {
        if (entries.findIndex((other) => other.name === name) < i)
          context.addIssue({
            code: 'custom',
            path: [i, 'name'],
            message: 'is already the name of another entry',
          })
      })
    })
}
