import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { parseStrictJson } from '../../event/json/strict.js'
import type { Io } from '../io.js'

const MAX_BYTES = 64 * 1024 * 1024

/** Throws TCN_INPUT_INVALID, with the place in the message. */
export function parseJson(json: string, where: string, hint?: string): unknown {
  try {
    return parseStrictJson(json)
  } catch (error) {
    const why = hint && /^\s*[^\s{["\d-]/.test(json) ? `; ${hint}` : ''
    throw new TocsinError('TCN_INPUT_INVALID', `${where}: ${messageOf(error)}${why}`, {
      cause: error,
    })
  }
}

/** The whole file, or stdin for `-`. */
export async function readText(io: Io, path: string): Promise<string> {
  if (path === '-') return text(io.stdin)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The file, or stdin for `-`, in pieces. */
export async function* readChunks(io: Io, path: string): AsyncGenerator<Uint8Array> {
  const stream = path === '-' ? io.stdin : createReadStream(path, { highWaterMark: 256 * 1024 })
  const stop = () => stream.destroy()
  io.signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    io.signal.throwIfAborted()
    throw unreadable(path, error)
  } finally {
    io.signal.removeEventListener('abort', stop)
  }
}

export interface NumberedLine {
  text: string
  /** From 1. */
  number: number
}

/** The lines that are not blank, as many at a time as have arrived. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<NumberedLine[]> {
  const decoder = new TextDecoder()
  let rest = ''
  let number = 0
  const take = (lines: string[]) =>
    lines.map((line) => ({ text: line, number: ++number })).filter(({ text }) => text.trim() !== '')
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    lines[0] = rest + lines[0]
    rest = lines.pop() ?? ''
    if (rest.length > MAX_BYTES)
      throw new TocsinError('TCN_INPUT_INVALID', `line ${number + lines.length + 1} is longer than 64 MiB`)
    const ready = take(lines)
    if (ready.length > 0) yield ready
  }
  const last = take([rest + decoder.decode()])
  if (last.length > 0) yield last
}

function unreadable(path: string, error: unknown): TocsinError {
  return new TocsinError('TCN_FILE_UNREADABLE', `${path === '-' ? 'stdin' : path}: ${messageOf(error)}`, {
    cause: error,
  })
}
