import { codeOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { asFields } from '../../../event/json/object.js'
import {
  type Notification,
  notificationName,
  type Platform,
  parseErrorCauses,
  valueName,
} from '../../../protocols/sctp/index.js'
import type { Io } from '../../io.js'
import { readChunks } from '../../terminal/input.js'

const MAX_BYTES = 64 * 1024 * 1024
/** A notification is at least its header. */
const MIN_HEX_LENGTH = 16

export interface Dump {
  /** The name of its file. */
  name?: string
  bytes: Uint8Array
}

/** Reads hexadecimal digits, with or without blanks, or files (`-` for stdin) that hold bytes or hexadecimal digits. */
export async function readDumps(io: Io, words: readonly string[]): Promise<Dump[]> {
  const digits = hexDigits(words.join(' '))
  if (digits !== undefined && digits.length >= MIN_HEX_LENGTH) return [{ bytes: fromHex(digits) }]
  const dumps: Dump[] = []
  for (const name of words) dumps.push({ name, bytes: await readFile(io, name) })
  return dumps
}

async function readFile(io: Io, path: string): Promise<Uint8Array> {
  const bytes = await readAll(io, path)
  // The bytes of a notification contain zeros, so they are never mistaken for digits.
  const inText = hexDigits(bytes.toString('latin1').replace(/#.*$/gm, ''))
  return inText === undefined ? bytes : fromHex(inText)
}

async function readAll(io: Io, path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of readChunks(io, path)) {
      size += chunk.length
      if (size > MAX_BYTES) throw new TocsinError('TCN_INPUT_INVALID', 'the dump is longer than 64 MiB')
      chunks.push(chunk)
    }
  } catch (error) {
    if (!isMissing(error)) throw error
    const what = `${path}: neither a file nor ${MIN_HEX_LENGTH} or more hexadecimal digits`
    throw new TocsinError('TCN_FILE_UNREADABLE', what, { cause: error })
  }
  return Buffer.concat(chunks)
}

function isMissing(error: unknown): boolean {
  return TocsinError.is(error, 'TCN_FILE_UNREADABLE') && codeOf(error.cause) === 'ENOENT'
}

/** Blanks, line ends, colons and `0x` may stand between the digits. */
function hexDigits(text: string): string | undefined {
  const digits = text.replace(/0x/gi, '')
  return /^[0-9a-f\s:]*$/i.test(digits) ? digits.replace(/[\s:]/g, '') : undefined
}

function fromHex(digits: string): Uint8Array {
  if (digits.length % 2 === 1) {
    throw new TocsinError('TCN_INPUT_INVALID', 'the number of hexadecimal digits is odd')
  }
  return Buffer.from(digits, 'hex')
}

/** The name of the type, then every field; values that have a name are shown by name. */
export function notificationLine(
  notification: Notification | Notification<'linux'>,
  platform: Platform,
): string {
  const fields = Object.entries(notification)
    .filter(([key]) => key !== 'sn_type')
    .map(([key, value]) => `${key}=${fieldText(key, value, platform)}`)
  return [notificationName(notification.sn_type, { platform }), ...fields].join(' ')
}

function fieldText(key: string, value: unknown, platform: Platform): string {
  if (typeof value === 'number') return valueName(key, value, { platform }) ?? String(value)
  if (value instanceof Uint8Array) return hexOf(value)
  return JSON.stringify(value)
}

/** For JSON: bytes hexadecimal, and the causes of an ABORT chunk beside them. */
export function notificationValue(
  notification: Notification | Notification<'linux'>,
): Record<string, unknown> {
  const entries = Object.entries(notification).map(([key, value]) => [key, jsonOf(value)])
  const { sac_info } = asFields(notification)
  if (sac_info instanceof Uint8Array) entries.push(['causes', causesOf(sac_info)])
  return Object.fromEntries(entries)
}

function causesOf(info: Uint8Array): unknown {
  try {
    return parseErrorCauses(info).map((cause) => ({ ...cause, value: hexOf(cause.value) }))
  } catch (error) {
    // The notification itself is valid, but the chunk that the peer sent may not be.
    if (TocsinError.is(error)) return error.message
    throw error
  }
}

function jsonOf(value: unknown): unknown {
  return value instanceof Uint8Array ? hexOf(value) : value
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
