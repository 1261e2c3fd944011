import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { codeOf, messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { makeFolders } from '../../storage/folder.js'

const MAX_CONTEXTS = 1000
const MAX_BYTES = 1024 * 1024

const markerColors = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const

export const contextName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/, {
  error: 'a name is 1 to 64 letters, digits, dots, dashes and underscores',
})

const context = z.object({
  url: z.string().min(1).max(4096),
  tokenFile: z.string().optional(),
  ca: z.string().optional(),
  certificate: z.string().optional(),
  key: z.string().optional(),
  serverName: z.string().optional(),
  readonly: z.boolean().optional(),
  color: z.enum(markerColors).optional(),
})
export type Context = z.output<typeof context>

const contexts = z.object({
  current: z.string().optional(),
  previous: z.string().optional(),
  contexts: z
    .record(contextName, context)
    .refine((all) => Object.keys(all).length <= MAX_CONTEXTS, { error: `more than ${MAX_CONTEXTS}` }),
})
export type Contexts = z.output<typeof contexts>

/** Throws TCN_CONTEXT_FILE if the file exists and cannot be used. */
export function readContexts(file: string): Contexts {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
    if (text.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { contexts: {} }
    throw unusable(file, error)
  }
  try {
    return contexts.parse(JSON.parse(text))
  } catch (error) {
    throw unusable(file, error)
  }
}

/** Writes the file completely or not at all, readable by this user only. */
export function writeContexts(file: string, all: Contexts): void {
  try {
    makeFolders(dirname(file), 0o700)
    const written = `${file}.${process.pid}`
    writeFileSync(written, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 })
    chmodSync(written, 0o600)
    renameSync(written, file)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

function unusable(file: string, error: unknown): TocsinError {
  const reason = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : messageOf(error)
  return new TocsinError('TCN_CONTEXT_FILE', `${file}: ${reason}`, { cause: error, details: { file } })
}
