import { open, say } from './open-log.mjs'

/** Opens a log, compresses and indexes its sealed segments in the thread for that, and closes it. It may be killed on the way. */
const log = await open(process.argv[2], { segment: { bytes: 100_000 } })
say({ opened: log.compression.segments })
for await (const { error, firstSeq } of log.compress(new AbortController().signal))
  say({ firstSeq, error: error?.message })
for await (const { error, firstSeq } of log.buildIndex(new AbortController().signal))
  say({ indexed: firstSeq, error: error?.message })
await log.close()
say({ closed: true })
