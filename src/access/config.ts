import { z } from 'zod'
import type { EventRight } from '../bus/principal.js'
import type { ClaimProblem } from '../config/claims.js'
import { programList } from '../config/values/programs.js'
import { readBy } from '../config/values/read-by.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { parsePermission } from '../filter/index.js'
import type { PartRight, PartRights } from '../parts/part-right.js'
import { readSshKey } from './ssh-keys.js'

const MAX_ENTRIES = 256

export function principalName() {
  const error = 'a name is 1 to 64 letters, digits, dots, dashes and underscores'
  return z.string({ error }).regex(/^[A-Za-z0-9._-]{1,64}$/, { error })
}

const rightForm = "must be '*', a tag prefix that ends in /, a filter in JSON form, or a list of these"
const prefix = z
  .string()
  .max(256)
  // Without `abort` the checks across keys would also run and report the same problem again.
  .regex(/^[^\0]*\/$/, { error: rightForm, abort: true })
const jsonFilter = z.record(z.string(), z.unknown())
const everything = z.literal('*')
const entry = z.union([prefix, jsonFilter], {
  error: 'must be a tag prefix that ends in /, or a filter in JSON form',
})

/** Describes a right over events: everything, or tag prefixes and filters in JSON form. Nothing by default. */
export function eventRight(description: string) {
  return z
    .union([everything, prefix, jsonFilter, z.array(entry).max(MAX_ENTRIES)], {
      error: rightForm,
    })
    .transform((given) => (given === '*' || Array.isArray(given) ? given : [given]))
    .prefault([])
    .meta({ kind: 'filters', description })
}

const consumerName = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, {
  error: "must be the name of a consumer: letters, digits, dots, dashes and underscores; '*' alone means all",
})

const consumeRight = z
  .union([everything, z.array(consumerName).max(MAX_ENTRIES)], {
    error: "must be '*' or a list of names of consumers",
  })
  .default([])
  .meta({ kind: 'names', description: 'Durable consumers that it may read and manage.' })

export const askRight = z
  .union(
    [
      everything,
      z
        .array(
          z
            .string()
            .regex(/^[A-Za-z0-9._*?/-]{1,256}$/, { error: 'must be the name of an edge hub, or a glob' }),
        )
        .max(MAX_ENTRIES),
    ],
    { error: "must be '*' or a list of names of edge hubs" },
  )
  .default([])
  .meta({
    kind: 'names',
    description:
      'Edge hubs that it may ask, by name or glob; `mid/*`: those behind the edge hub `mid`. An answer has only events that it may see.',
  })

const rights = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\p{Cc}]+$/u, { error: 'must have no control character' })
    .optional()
    .describe('Prefix of the sources under which it publishes. Default: its name.'),
  publish: eventRight('Events that it may publish.'),
  see: eventRight('Events that it may see, live, from the log and counted.'),
  produce: eventRight('Events that it may publish with a foreign source, a kind, or under `hub`.'),
  gate: eventRight('Events that it may hold at a gate, and gates that it may answer.'),
  consume: consumeRight,
  run: programList('Programs that its jobs may run, of those in `jobs.programs`; `*`: all of those.'),
  ask: askRight,
  certificates: z
    .array(
      z.string().regex(/^[^\p{Cc}]{1,255}$/u, { error: 'must be 1 to 255 characters, no control character' }),
    )
    .max(MAX_ENTRIES)
    .optional()
    .describe('Names in client certificates (subject CN, or a SAN) that are this principal.'),
  sshKeys: z
    .array(z.string().superRefine(readBy(readSshKey)))
    .max(MAX_ENTRIES)
    .optional()
    .describe(
      'Public keys with which it may log in over SSH, each a line such as those of `~/.ssh/id_ed25519.pub`.',
    ),
  admin: z.boolean().default(false).describe('True if it may perform administrative operations.'),
  monitor: z
    .boolean()
    .default(false)
    .describe(
      'True if it may look at the state of the hub: status, subscribers, log, gaps, metrics. Included in `admin`.',
    ),
})

/** The rights of a principal that comes with a token. */
export const tokenRights = rights.omit({ certificates: true, sshKeys: true })

const MAX_PRINCIPALS = 10_000

type PartRightKeys = { [Name in keyof PartRights]: z.ZodOptional<z.ZodType<PartRights[Name]>> }

/** The keys of the rights that parts add. */
function partRightKeys(parts: readonly PartRight[]): PartRightKeys {
  const keys = parts.map(({ name, levels, description }) => [
    name,
    z.enum(levels).optional().describe(description),
  ])
  return Object.fromEntries(keys)
}

/** The principals and their rights, with those that parts add. */
export function principalsConfig(parts: readonly PartRight[] = []) {
  const allRights = rights.extend(partRightKeys(parts))
  return z
    .record(
      principalName(),
      z
        .union([everything, allRights], { error: "must be '*' or a map of rights" })
        .describe('Rights of a principal. `*`: everything.')
        .meta({ whole: true }),
    )
    .refine((principals) => Object.keys(principals).length <= MAX_PRINCIPALS, {
      error: `at most ${MAX_PRINCIPALS} principals`,
    })
}
export type PrincipalsConfig = z.output<ReturnType<typeof principalsConfig>>

const eventRights: readonly EventRight[] = ['publish', 'see', 'produce', 'gate']

/** Problems with rights that are not valid filters. */
export function invalidRights(principals: PrincipalsConfig): ClaimProblem[] {
  return Object.entries(principals).flatMap(([name, grant]) =>
    grant === '*'
      ? []
      : eventRights.flatMap((right) => {
          const message = errorOf(() => parsePermission(grant[right], right))
          return message === undefined ? [] : [{ path: ['principals', name, right], message }]
        }),
  )
}

function errorOf(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (TocsinError.is(error)) return error.message
    throw error
  }
}
