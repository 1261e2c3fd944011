import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { checkConsumerName } from '../../../../bus/consumers/consumer-record.js'
import { codeOf, messageOf } from '../../../../errors/thrown.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { parseFilter } from '../../../../filter/index.js'
import { writeWhole } from '../forward/state-file.js'

const FILE = 'manifest.json'
const seq = z.number().int().nonnegative()

/** A text that the hub reads with `check`, which throws for any other. */
function readBy(check: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      check(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
    }
  })
}

const consumer = z.object({
  name: readBy(checkConsumerName),
  filter: readBy((text) => parseFilter(JSON.parse(text))),
  taken: seq,
  created: seq,
})

const part = z.object({
  /** Within the folder of the backup. */
  file: z.string().regex(/^events-\d{16}\.tocsin$/),
  first: seq,
  last: seq,
  events: seq,
  bytes: seq,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const manifest = z.object({
  format: z.literal(1),
  /** The epoch of the log that the events are from. */
  epoch: z.string().regex(/^[a-z0-9]{1,64}$/),
  hub: z.string(),
  /** The first seq that was asked for, and the last one that is covered. */
  from: seq,
  last: seq,
  updated: z.string(),
  parts: z.array(part),
  /** The ranges that the log no longer had. */
  gaps: z.array(z.object({ from: seq, to: seq, why: z.string() })),
  consumers: z.array(consumer),
})

export type Part = z.infer<typeof part>
/** The content of a backup. It is written again after every part, as a whole. */
export type Manifest = z.infer<typeof manifest>

/** Undefined where there is no backup yet. Throws TCN_BACKUP_INVALID for a manifest that is none. */
export function readManifest(folder: string): Manifest | undefined {
  let text: string
  try {
    text = readFileSync(join(folder, FILE), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new TocsinError('TCN_FILE_UNREADABLE', messageOf(error), { cause: error })
  }
  const parsed = manifest.safeParse(parse(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TocsinError(
    'TCN_BACKUP_INVALID',
    `${join(folder, FILE)}: ${issue.path.join('.')} ${issue.message}`,
  )
}

export function writeManifest(folder: string, content: Manifest): void {
  try {
    writeWhole(join(folder, FILE), `${JSON.stringify(content, undefined, 2)}\n`)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', messageOf(error), { cause: error })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
