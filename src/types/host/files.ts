import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { parsedText } from '../parsed-text.js'
import { count, schemaOf, time } from '../schema-of.js'

const hostFileLine = () =>
  z.object({
    file: z.string(),
    line: z.string().optional().meta({
      description:
        'The line without its line feed; bytes that are not UTF-8 are replaced. Absent if it was parsed.',
    }),
    ...parsedText(),
    offset: count().meta({ description: 'Offset of its first byte in the file.' }),
    bytes: z
      .string()
      .optional()
      .meta({ description: 'The bytes, if they are not UTF-8.', contentEncoding: 'base64' }),
    cut: count()
      .optional()
      .meta({ description: 'Length of the whole line in bytes; only its beginning is included.' }),
    partial: z
      .literal(true)
      .optional()
      .meta({ description: 'True if the end of the line did not arrive within the time limit.' }),
    continued: z
      .literal(true)
      .optional()
      .meta({ description: 'True if the beginning of the line was published before.' }),
  })
/** The event as published, with `bytes` as bytes. */
export type HostFileLine = Omit<z.infer<ReturnType<typeof hostFileLine>>, 'bytes'> & { bytes?: Uint8Array }

const hostFileChanged = () =>
  z.object({
    path: z.string(),
    change: z.enum(['created', 'modified', 'deleted', 'moved']),
    kind: z.enum(['file', 'folder', 'link', 'other']),
    from: z.string().optional().meta({ description: 'Previous path of a moved file.' }),
    size: count(),
    mode: z.string().meta({ description: 'Permissions, octal.' }),
    modified: time(),
  })
export type HostFileChanged = z.infer<ReturnType<typeof hostFileChanged>>

/** The events that the sources `files/<name>` publish. */
export const filesTypes = defineTypes([
  {
    type: 'host.file.line',
    tags: ['host/*/files/*/line'],
    summary: 'A line was appended to a file.',
    display: '[{severity} ][{line}][{message}][ {fields}][ (repeated {repeated} times)]',
    schema: () => schemaOf(hostFileLine()),
    correlation: ['data.file'],
  },
  {
    type: 'host.file.changed',
    tags: ['host/*/files/*/changed'],
    summary: 'A file or folder was created, modified, deleted or moved.',
    display: '{path} {change}[ from {from}]',
    schema: () => schemaOf(hostFileChanged()),
    correlation: ['data.path'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.file.line': HostFileLine
    'host.file.changed': HostFileChanged
  }
}
