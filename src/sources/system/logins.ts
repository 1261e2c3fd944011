import { z } from 'zod'
import { type Collector, type CollectorContext, Unavailable } from './collector.js'
import { LoginSessions, sessionOf } from './login-sessions.js'
import type { FileIdentity, SystemProbe } from './probe.js'
import { parseUtmp, type UtmpRecord, UtmpType, utmpSize } from './utmp.js'

const INTERVAL_MS = 2_000
const WTMP = '/var/log/wtmp'
const ROTATED = '/var/log/wtmp.1'
const UTMP = '/var/run/utmp'
const RECORDS_PER_LOOK = 1_000
const MAX_UTMP_BYTES = 1024 * 1024

/** The position up to which wtmp is published, and the users logged in at that point. */
const position = z.object({
  id: z.string(),
  offset: z.int().min(0),
  sessions: z.array(
    z.object({ user: z.string(), line: z.string(), host: z.string(), pid: z.int(), since: z.int().min(0) }),
  ),
})

/**
 * Publishes logins and logouts: from the records of wtmp, starting at the stored position, or on a host without it by
 * comparing utmp, which lists the users logged in now.
 */
export function loginCollector(context: CollectorContext): Collector {
  const { probe } = context
  const kept = position.safeParse(context.kept('logins')).data
  const sessions = new LoginSessions((path, data) => context.publish(path, data), kept?.sessions)
  let reached = kept && { id: kept.id, offset: kept.offset }
  let lastKept = `${reached?.id} ${reached?.offset}`
  let begun = false

  function keep(): void {
    const now = `${reached?.id} ${reached?.offset}`
    if (now === lastKept) return
    lastKept = now
    context.keep('logins', { ...reached, sessions: sessions.list() })
  }

  async function begin(): Promise<void> {
    const present = kept ? [] : await readUtmp(probe)
    for (const record of present) sessions.remember(sessionOf(record))
  }

  /** Publishes the records after the position. True if all existing records are published. */
  async function publishRecords(path: string, file: FileIdentity): Promise<boolean> {
    const from = reached?.offset ?? 0
    const size = utmpSize(file.size, probe.architecture)
    const records = parseUtmp(await probe.read(path, from, RECORDS_PER_LOOK * size), size)
    let count = 0
    while (count < records.length && sessions.apply(records[count])) count++
    reached = { id: file.id, offset: from + count * size }
    keep()
    return count === records.length && reached.offset + size > file.size
  }

  async function followWtmp(file: FileIdentity): Promise<void> {
    // Records that exist at the first observation are history; those of a file that is created later are not.
    reached ??= { id: file.id, offset: begun ? 0 : wholeRecords(file, probe) }
    if (reached.id !== file.id) {
      const rotated = probe.identify(ROTATED)
      if (rotated?.id === reached.id) {
        if (!(await publishRecords(ROTATED, rotated))) return
      } else context.lost(undefined, `${WTMP} was replaced before it was read to its end`)
      reached = { id: file.id, offset: 0 }
    } else if (file.size < reached.offset) {
      context.lost(undefined, `${WTMP} was truncated`)
      reached = { id: file.id, offset: 0 }
    }
    await publishRecords(WTMP, file)
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
    every: INTERVAL_MS,
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

/** Returns the users logged in now. */
async function readUtmp(probe: SystemProbe): Promise<UtmpRecord[]> {
  const file = probe.identify(UTMP)
  if (!file) return []
  const bytes = await probe.read(UTMP, 0, Math.min(file.size, MAX_UTMP_BYTES))
  return parseUtmp(bytes, utmpSize(file.size, probe.architecture)).filter(
    ({ type, user }) => type === UtmpType.user && user !== '',
  )
}
