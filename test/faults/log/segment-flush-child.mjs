import { append, numbered, open, say } from './open-log.mjs'

/** Fills several segments and removes some, between the lines that say so. */
const [folder] = process.argv.slice(2)
const log = await open(folder, { segment: { bytes: 100_000 } })
const fill = async () => {
  const frames = Array.from({ length: 20 }, (_, at) => numbered(at, 2000))
  await log.durable(await append(log, frames))
}
await fill()
say({ pid: process.pid, segments: log.stats.segments })
while (log.stats.segments < 5) await fill()
await log.compact({ count: 60 })
say({ pid: process.pid, segments: log.stats.segments, first: log.first })
await log.close()
