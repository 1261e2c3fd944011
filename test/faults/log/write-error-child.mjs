import { append, durable, numbered, open, say } from './open-log.mjs'

/** Makes one event after another durable while the disk refuses some writes. Says which are durable. */
const [folder, count] = process.argv.slice(2)
const log = await open(folder, { segment: { bytes: 400_000 } })
say({ opened: true })
for (let number = 1; number <= Number(count); number++) {
  await append(log, [numbered(number, (number * 131) % 3000)])
  const answer = await durable(log, log.last)
  say(answer === 'durable' ? { durable: number } : { answer })
  while (log.stats.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 20))
}
await log.close()
say({ closed: true })
