import { append, durable, numbered, numbersIn, open, say } from './open-log.mjs'

/** Makes one event after another durable; the disk refuses some flushes in between. */
const log = await open(process.argv[2])
let number = 0
let answer = 'durable'
while (answer === 'durable') {
  await append(log, [numbered(++number, 100)])
  answer = await durable(log, log.last)
}
say({ durableBefore: number - 1, answer, fault: log.stats.fault?.code })
say({ append: await append(log, [numbered(1000, 100)]), readable: (await numbersIn(log)).length })
while (log.stats.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 20))
await append(log, [numbered(++number, 100)])
say({ healed: await durable(log, log.last), last: log.last })
await log.close()
const again = await open(process.argv[2])
say({ numbers: await numbersIn(again), lost: again.lost })
await again.close()
