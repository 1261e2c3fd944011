import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Changes a bit of this word wherever the log in the data folder has it, as a bad disk does. */
export function damageLog(data: string, word: string): void {
  const segments = join(data, 'log', 'segments')
  for (const name of readdirSync(segments)) {
    const file = join(segments, name, 'data.mdb')
    const bytes = readFileSync(file)
    const at = bytes.indexOf(word)
    if (at < 0) continue
    bytes[at] ^= 1
    writeFileSync(file, bytes)
  }
}
