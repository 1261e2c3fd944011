import { z } from 'zod'
import type { BusApi } from '../bus/api.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { hostPlatform } from '../protocols/sctp/index.js'
import { SOURCE_NAME, SOURCE_NAME_RULE } from '../protocols/sctp/notifications/event.js'
import type { SctpAssociationInfo, SourceInfo } from './contract/index.js'
import { type Method, method } from './method.js'
import * as results from './results/sctp.js'
import { NotificationPublication } from './sctp-publication.js'

export interface SctpMethodContext {
  bus: BusApi
  runtime: Runtime
  sources(): SourceInfo[]
  /** Returns the associations that a source watches, one row each. */
  inspect(source: string): readonly object[]
}

/** Prefix of the sources that watch associations: `sctp/<name>`. */
const PREFIX = 'sctp/'

const MAX_ITEMS = 1000

export function sctpMethods(context: SctpMethodContext): Method[] {
  return [
    method({
      name: 'sctp.associations',
      summary: 'Lists the SCTP associations of all sources, and those that ended most recently.',
      right: 'monitor',
      params: z.object({ source: z.string().max(255).optional() }),
      result: results.associations,
      run: async (_call, { source }) => ({ associations: associationsOf(context, source) }),
    }),
    method({
      name: 'sctp.publish',
      summary: 'Publishes SCTP notifications received elsewhere, given as bytes, like a source.',
      right: 'publish',
      params: z.object({
        source: z
          .string()
          .regex(SOURCE_NAME, { error: `must be ${SOURCE_NAME_RULE}` })
          .describe('The tags are `sctp/<source>/<association>/<type>`.'),
        platform: z
          .enum(['linux', 'freebsd'])
          .default(hostPlatform)
          .describe("Platform whose notifications they are. Default: the hub's."),
        endian: z.enum(['little', 'big']).optional().describe("Its byte order. Default: the hub's."),
        notifications: z
          .array(z.string())
          .min(1)
          .max(MAX_ITEMS)
          .describe('Each item has the bytes of one notification, or of several back to back, in base64.'),
      }),
      result: results.published,
      async run({ principal, signal }, { notifications, ...format }) {
        const publication = new NotificationPublication(context, principal, format)
        try {
          for (const item of notifications) {
            signal.throwIfAborted()
            await publication.add(item)
          }
          return await publication.settle()
        } finally {
          publication.close()
        }
      },
    }),
  ]
}

function associationsOf(
  { sources, inspect }: SctpMethodContext,
  wanted: string | undefined,
): SctpAssociationInfo[] {
  const names = sources()
    .filter(({ name }) => name.startsWith(PREFIX))
    .map(({ name }) => name.slice(PREFIX.length))
  if (wanted !== undefined && !names.includes(wanted)) {
    const why =
      names.length === 0
        ? 'the hub has no source of SCTP'
        : `no source of SCTP has this name; there are ${names.join(', ')}`
    throw new TocsinError('TCN_METHOD_PARAMS', `sctp.associations: params.source: ${why}`)
  }
  return (wanted === undefined ? names : [wanted]).flatMap((source) =>
    inspect(PREFIX + source).map((row) => ({ source, ...row }) as SctpAssociationInfo),
  )
}
