import { openLmdbState } from '../../../dist/state/index.js'
import { append, numbered, open, runtime, say } from '../log/open-log.mjs'

/**
 * Fills several segments of a log with durable events, compresses and removes old ones, and keeps values in a state
 * beside it.
 */
const [folder] = process.argv.slice(2)
const log = await open(`${folder}/log`, { segment: { bytes: 100_000 } })
const state = await openLmdbState({ folder: `${folder}/state`, runtime })
const bucket = state.bucket('meta')
say({ epoch: log.epoch })
let number = 1
for (let batch = 1; batch <= 25; batch++) {
  const size = batch % 5 === 0 ? 12_000 : 400
  const frames = Array.from({ length: 10 }, () => numbered(number++, size))
  const last = await append(log, frames)
  say({ accepted: last })
  const kept = bucket.put('value', Buffer.from(String(number - 1)))
  await log.durable(last)
  say({ number: number - 1, last })
  await kept
  say({ value: number - 1 })
  if (batch % 7 === 0) {
    for await (const { error } of log.compress(new AbortController().signal)) if (error) throw error
    say({ compressed: batch })
  }
  if (batch % 8 === 0) {
    say({ compacted: 80 })
    await log.compact({ count: 80 })
  }
}
await state.close()
await log.close()
say({ closed: true })
