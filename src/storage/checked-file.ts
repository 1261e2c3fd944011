import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncFolder } from './folder.js'

/** Files of JSON, with its checksum on a second line, that are replaced as a whole. */

/** Returns what the file contains; undefined if it is missing, damaged, or larger than `maxBytes`. */
export function readChecked(path: string, maxBytes: number): object | undefined {
  try {
    const found = statSync(path)
    // Reading from a pipe may never come to an end.
    if (!found.isFile() || found.size > maxBytes) return undefined
    const [json, checksum] = readFileSync(path, 'utf8').split('\n')
    return checksum === checksumOf(json) ? JSON.parse(json) : undefined
  } catch {
    return undefined
  }
}

/** Writes a file that is on the disk when it returns. */
export function writeCheckedNow(path: string, content: object): void {
  // Under another name than the write that may be under way.
  const now = `${path}.now`
  const file = openSync(now, 'w', 0o600)
  try {
    writeSync(file, textOf(content))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(now, path)
  syncFolder(dirname(path))
}

/** Resolves with the size of the new file. */
export async function writeChecked(path: string, content: object): Promise<number> {
  const text = textOf(content)
  const next = `${path}.new`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  return text.length
}

function textOf(content: object): string {
  const json = JSON.stringify(content)
  return `${json}\n${checksumOf(json)}\n`
}

function checksumOf(json: string): string {
  return crc32(json).toString(16).padStart(8, '0')
}
