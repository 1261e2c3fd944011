import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { append, durable, numbered, numbersIn, open, say } from './open-log.mjs'

/** Fills the disk just before the next chunk would begin a segment, makes room, and continues. */
const [disk] = process.argv.slice(2)
const folder = `${disk}/log`
const segment = { bytes: 200_000 }
let number = 0

const appendDurable = async (log) => {
  const frames = Array.from({ length: 20 }, () => numbered(++number, 1000))
  const last = await append(log, frames)
  return typeof last === 'number' ? await durable(log, last) : last
}

const log = await open(folder, { segment })
// Ten chunks of 21 kB fill a segment.
for (let chunk = 0; chunk < 20; chunk++) await appendDurable(log)
const { bavail, bsize } = statfsSync(disk)
writeFileSync(`${disk}/other`, Buffer.alloc(bavail * bsize))
const answer = await appendDurable(log)
say({ answer, folders: readdirSync(`${folder}/segments`).length, segments: log.stats.segments })
rmSync(`${disk}/other`)
while (log.stats.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 20))
while (log.stats.segments < 6) await appendDurable(log)
await log.close()

const again = await open(folder, { segment })
const numbers = await numbersIn(again)
say({ readable: numbers.length, appended: number, lost: again.lost, first: again.first })
await again.close()
