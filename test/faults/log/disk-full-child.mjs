import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { append, durable, numbered, numbersIn, open, say } from './open-log.mjs'

/** Fills a small file system, waits for the refusal, makes room in one of two ways, and continues. */
const [disk, way] = process.argv.slice(2)
const folder = `${disk}/log`
const log = await open(folder, { segment: { bytes: 1_000_000 } })
writeFileSync(`${disk}/other`, Buffer.alloc(4_000_000))
let number = 0
let seen = 0
log.onStored(({ count }) => {
  seen += count
})
let last = 0
let answer = 'durable'
while (answer === 'durable') {
  const frames = Array.from({ length: 20 }, () => numbered(++number, 1000))
  last = await append(log, frames)
  answer = typeof last === 'number' ? await durable(log, last) : last
}
const refused = await append(log, [numbered(9999, 10)])
say({ answer, refused, fault: log.stats.fault?.code, waiting: log.stats.unflushedBytes > 0 })
say({ readable: (await numbersIn(log)).length, seen, appended: number })
if (way === 'other') rmSync(`${disk}/other`)
else say({ removed: (await log.compact({ count: 500 })).removed !== undefined })
while (log.stats.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 20))
const next = await append(log, [numbered(++number, 1000)])
say({ healed: await durable(log, next), waiting: log.stats.unflushedBytes })
await log.close()

writeFileSync(`${disk}/other`, Buffer.alloc(100))
try {
  for (;;) writeFileSync(`${disk}/other`, Buffer.alloc(4096), { flag: 'a' })
} catch (error) {
  say({ other: error.code })
}
say({
  open: await open(`${disk}/second`).then(
    () => 'opened',
    (error) => error.code,
  ),
})
truncateSync(`${disk}/other`)
const again = await open(folder, { segment: { bytes: 1_000_000 } })
const numbers = await numbersIn(again)
const complete = numbers.every((one, at) => one === again.first + at) && numbers.at(-1) === number
say({ complete, first: again.first, lost: again.lost })
await again.close()
