import { append, numbered, open, say } from './open-log.mjs'

/** Appends until it is killed. Reports the seqs of the numbers in each batch, and what is durable. */
const [folder, firstNumber] = process.argv.slice(2)
const log = await open(folder, { segment: { bytes: 400_000 } })
say({ opened: { first: log.first, last: log.last, lost: log.lost, epoch: log.epoch } })
let number = Number(firstNumber)
for (let nth = 0; ; nth++) {
  const count = 1 + ((nth * 7) % 40)
  const frames = Array.from({ length: count }, (_, at) => numbered(number + at, (nth * 131) % 900))
  const last = await append(log, frames)
  say({ accepted: { number, count, last } })
  number += count
  if (nth % 3 === 0) {
    log.durable(last).then(() => say({ durable: last }))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
