import { z } from 'zod'
import { defineTypes } from '../../types/event-type.js'
import { count, schemaOf, time } from '../../types/schema-of.js'

const hostFileLine = z.object({
  file: z.string(),
  line: z.string().meta({ description: 'Without its line feed; what is no UTF-8 is replaced.' }),
  offset: count().meta({ description: 'Of its first byte in the file.' }),
  bytes: z
    .string()
    .optional()
    .meta({ description: 'The bytes, where they are no UTF-8.', contentEncoding: 'base64' }),
  cut: count()
    .optional()
    .meta({ description: 'Bytes of the whole line, of which only the beginning is here.' }),
  partial: z.literal(true).optional().meta({ description: 'The end of the line had not come in time.' }),
  continued: z
    .literal(true)
    .optional()
    .meta({ description: 'The beginning of the line was published before.' }),
})
/** As published: `bytes` are bytes. */
export type HostFileLine = Omit<z.infer<typeof hostFileLine>, 'bytes'> & { bytes?: Uint8Array }

const hostFileChanged = z.object({
  path: z.string(),
  change: z.enum(['created', 'modified', 'deleted', 'moved']),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  from: z.string().optional().meta({ description: 'Where it was before it was moved.' }),
  size: count(),
  mode: z.string().meta({ description: 'Permissions, octal.' }),
  modified: time(),
})
export type HostFileChanged = z.infer<typeof hostFileChanged>

/** What the sources `files/<name>` publish. */
export const filesTypes = defineTypes([
  {
    type: 'host.file.line',
    tags: ['host/*/files/*/line'],
    summary: 'A line was appended to a file.',
    schema: schemaOf(hostFileLine),
    correlation: ['data.file'],
  },
  {
    type: 'host.file.changed',
    tags: ['host/*/files/*/changed'],
    summary: 'A file or folder was created, modified, deleted or moved.',
    schema: schemaOf(hostFileChanged),
    correlation: ['data.path'],
  },
])

declare module '../../types/event-type.js' {
  interface EventTypes {
    'host.file.line': HostFileLine
    'host.file.changed': HostFileChanged
  }
}
