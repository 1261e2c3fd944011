import { execFileSync } from 'node:child_process'
import { append, durable, numbered, open, say } from './open-log.mjs'

/** A log on a file system that has become read-only in the meantime. */
const disk = process.argv[2]
const log = await open(`${disk}/log`)
await durable(log, await append(log, [numbered(1, 10)]))
await log.close()
execFileSync('mount', ['-o', 'remount,ro', disk])
say({
  open: await open(`${disk}/log`).then(
    () => 'opened',
    (error) => error.code,
  ),
})
execFileSync('mount', ['-o', 'remount,rw', disk])
const again = await open(`${disk}/log`)
say({ last: again.last })
await again.close()
