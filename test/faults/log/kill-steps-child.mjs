import { append, numbered, open, say } from './open-log.mjs'

/** Opens a log, fills several segments with durable events, and closes it. It is killed on the way. */
const [folder, firstNumber] = process.argv.slice(2)
const log = await open(folder, { segment: { bytes: 100_000 } })
say({ epoch: log.epoch })
let number = Number(firstNumber)
for (let batch = 0; batch < 6; batch++) {
  const frames = Array.from({ length: 20 }, () => numbered(number++, 2000))
  const last = await append(log, frames)
  await log.durable(last)
  say({ number: number - 1, last })
}
await log.compact({ count: 60 })
await log.close()
say({ closed: true })
