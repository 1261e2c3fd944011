import type { Environment, Write } from '../storage/environment.js'
import { dataFile } from '../storage/folder.js'
import { type LmdbFile, openIfFile } from '../storage/lmdb-file.js'

/** Records of one commit. */
const BLOCK = 1000

export interface SalvageReport {
  kept: number
  /** Tables of which a page could not be read, so that records may be missing. */
  damaged: string[]
}

/** Copies what is sound in a damaged environment, which LMDB must not open, to a new one. */
export async function salvageState(
  from: string,
  to: Environment,
  tables: readonly string[],
): Promise<SalvageReport> {
  const file = openIfFile(dataFile(from))
  if (file === undefined) return { kept: 0, damaged: [...tables] }
  const damaged: string[] = []
  let kept = 0
  try {
    for (const table of tables) {
      const { writes, isWhole } = soundRecords(file, table)
      for (let at = 0; at < writes.length; at += BLOCK) await to.commit(writes.slice(at, at + BLOCK))
      kept += writes.length
      if (!isWhole) damaged.push(table)
    }
  } finally {
    file.close()
  }
  return { kept, damaged }
}

function soundRecords(file: LmdbFile, table: string): { writes: Write[]; isWhole: boolean } {
  const writes: Write[] = []
  let isWhole = file.has(table)
  for (const record of file.values(table, () => (isWhole = false))) {
    try {
      writes.push({ table, key: textOf(record.key), value: record.read() })
    } catch {
      isWhole = false
    }
  }
  return { writes, isWhole }
}

/** The key of a record: all keys are text without control characters, which ordered-binary encodes as UTF-8. */
function textOf(key: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(key)
}
