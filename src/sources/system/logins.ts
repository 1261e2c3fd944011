import { z } from 'zod'
import { type Collector, type CollectorContext, Unavailable } from './collector.js'
import type { FileIdentity, SystemProbe } from './probe.js'
import { Sessions, sessionOf } from './sessions.js'
import { parseUtmp, type UtmpRecord, UtmpType, utmpSize } from './utmp.js'

const EVERY = 2_000
const WTMP = '/var/log/wtmp'
const ROTATED = '/var/log/wtmp.1'
const UTMP = '/var/run/utmp'
const RECORDS_A_LOOK = 1_000
const MAX_UTMP_BYTES = 1024 * 1024

/** Up to where wtmp has been told, and who was logged in then. */
const position = z.object({
  id: z.string(),
  offset: z.int().min(0),
  sessions: z.array(
    z.object({ user: z.string(), line: z.string(), host: z.string(), pid: z.int(), since: z.int().min(0) }),
  ),
})

/**
 * Logins and logouts: from wtmp, where each is a record, from the position kept; on a host without it
 * by comparing utmp, which says who is logged in now.
 */
export function loginCollector(context: CollectorContext): Collector {
  const { probe } = context
  const kept = position.safeParse(context.kept('logins')).data
  const sessions = new Sessions((path, data) => context.publish(path, data), kept?.sessions)
  let place = kept && { id: kept.id, offset: kept.offset }
  let lastKept = `${place?.id} ${place?.offset}`
  let begun = false

  function keep(): void {
    const now = `${place?.id} ${place?.offset}`
    if (now === lastKept) return
    lastKept = now
    context.keep('logins', { ...place, sessions: sessions.list() })
  }

  async function begin(): Promise<void> {
    const present = kept ? [] : await readUtmp(probe)
    for (const record of present) sessions.remember(sessionOf(record))
  }

  /** Tells the records from the position on. True when all there are now have been told. */
  async function tell(path: string, file: FileIdentity): Promise<boolean> {
    const from = place?.offset ?? 0
    const size = utmpSize(file.size, probe.architecture)
    const records = parseUtmp(await probe.read(path, from, RECORDS_A_LOOK * size), size)
    let told = 0
    while (told < records.length && sessions.apply(records[told])) told++
    place = { id: file.id, offset: from + told * size }
    keep()
    return told === records.length && place.offset + size > file.size
  }

  async function followWtmp(file: FileIdentity): Promise<void> {
    // What was there before the first look is history; a file that comes later is not.
    place ??= { id: file.id, offset: begun ? 0 : wholeRecords(file, probe) }
    if (place.id !== file.id) {
      const rotated = probe.identify(ROTATED)
      if (rotated?.id === place.id) {
        if (!(await tell(ROTATED, rotated))) return
      } else context.lost(undefined, `${WTMP} was replaced before it was read to its end`)
      place = { id: file.id, offset: 0 }
    } else if (file.size < place.offset) {
      context.lost(undefined, `${WTMP} was truncated`)
      place = { id: file.id, offset: 0 }
    }
    await tell(WTMP, file)
  }

  async function compareUtmp(): Promise<void> {
    const present = new Map((await readUtmp(probe)).map((record) => [record.line, record]))
    for (const { line } of sessions.list()) {
      if (!present.has(line) && !sessions.logout(line, context.runtime.now())) return
    }
    for (const record of present.values()) if (!sessions.apply(record)) return
  }

  return {
    name: 'logins',
    every: EVERY,
    async look() {
      const wtmp = probe.identify(WTMP)
      if (!begun) await begin()
      if (wtmp) await followWtmp(wtmp)
      else await compareUtmp()
      begun = true
      if (!wtmp && !probe.identify(UTMP)) throw new Unavailable(`there is neither ${WTMP} nor ${UTMP}`)
    },
  }
}

function wholeRecords({ size }: FileIdentity, probe: SystemProbe): number {
  const record = utmpSize(size, probe.architecture)
  return size - (size % record)
}

/** Who is logged in now. */
async function readUtmp(probe: SystemProbe): Promise<UtmpRecord[]> {
  const file = probe.identify(UTMP)
  if (!file) return []
  const bytes = await probe.read(UTMP, 0, Math.min(file.size, MAX_UTMP_BYTES))
  return parseUtmp(bytes, utmpSize(file.size, probe.architecture)).filter(
    ({ type, user }) => type === UtmpType.user && user !== '',
  )
}
