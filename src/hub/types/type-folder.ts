import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readTrusted } from '../../config/trusted-file.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { EventType } from '../../types/event-type.js'
import { fault, readTypeFile } from '../../types/type-file.js'

const MAX_FILES = 1000
const MAX_FILE_BYTES = 2 ** 20
const MAX_TYPES = 5000

/** Reads every `*.json` of a folder, in the order of their names. Rejects with TCN_TYPE_FILE. */
export async function readTypeFolder(folder: string): Promise<EventType[]> {
  const names = (await listed(folder)).filter((name) => name.endsWith('.json')).sort()
  if (names.length > MAX_FILES) throw fault(folder, `has more than ${MAX_FILES} files`)
  const types: EventType[] = []
  for (const name of names) {
    const file = join(folder, name)
    types.push(...readTypeFile(await textOf(file), file))
    if (types.length > MAX_TYPES) throw fault(folder, `defines more than ${MAX_TYPES} types`)
  }
  return types
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw unreadable(folder, error)
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw fault(file, 'is no file')
    if (found.size > MAX_FILE_BYTES) throw fault(file, `is larger than ${MAX_FILE_BYTES} bytes`)
    return readTrusted(file).toString()
  } catch (error) {
    throw TocsinError.is(error) ? error : unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): TocsinError {
  return fault(file, `cannot be read: ${messageOf(error)}`)
}
