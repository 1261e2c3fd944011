import { useSignal } from '@preact/signals'
import type { LogInfo, ResultOf, VerifyPart, VerifyReport } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { setting } from '../../app/setting.js'
import { call } from '../../hub/api.js'
import { hub } from '../../hub/live.js'
import { upkeepStrings } from '../../strings/upkeep.js'
import { retentionOf } from './retention.js'
import { WorkDialog, type WorkReport } from './work-dialog.js'

const { verify: verifyText, compact: compactText } = upkeepStrings
/** A large log takes long to read, and the hub sends a part for each chunk meanwhile. */
const PART_WITHIN_MS = 600_000
/** Damaged chunks that are listed. */
const MOST = 20
const SAY_EVERY_MS = 100

/** Buttons for the work on the log that takes the right `admin`. */
export function Upkeep({ log, onDone }: { log: LogInfo; onDone(): void }) {
  const open = useSignal<'verify' | 'compact' | undefined>(undefined)
  const close = () => {
    open.value = undefined
    onDone()
  }
  return (
    <>
      <button type="button" class="button plain" onClick={setting(open, 'verify')}>
        {verifyText.button}
      </button>
      <button type="button" class="button plain" onClick={setting(open, 'compact')}>
        {compactText.button}
      </button>
      {open.value === 'verify' && (
        <WorkDialog
          title={verifyText.title}
          question={verifyText.question(formatBytes(log.bytes))}
          action={verifyText.action}
          canStop
          run={verify}
          onClose={close}
        />
      )}
      {open.value === 'compact' && (
        <WorkDialog
          title={compactText.title}
          question={compactText.question(retentionOf(log))}
          action={compactText.action}
          isSerious
          run={compact}
          onClose={close}
        />
      )}
    </>
  )
}

async function verify(say: (progress: string) => void, signal: AbortSignal): Promise<WorkReport> {
  const client = await hub()
  const damaged: string[] = []
  let events = 0
  let said = 0
  let last: unknown
  say(verifyText.progress(events))
  for await (const part of client.requestParts('log.verify', {}, { signal, timeout: PART_WITHIN_MS })) {
    last = part
    if (!isPart(part)) continue
    events += part.count
    if (part.error && damaged.length < MOST) damaged.push(damageIn(part))
    if (performance.now() - said < SAY_EVERY_MS) continue
    said = performance.now()
    say(verifyText.progress(events))
  }
  return verdictOf(last as VerifyReport, damaged)
}

function isPart(part: unknown): part is VerifyPart {
  return typeof part === 'object' && part !== null && 'segment' in part
}

function damageIn({ segment, firstSeq, lastSeq, error }: VerifyPart): string {
  return verifyText.damage(segment, firstSeq, lastSeq, `${error?.message} (${error?.code})`)
}

function verdictOf({ events, chunks, bytes, faulty }: VerifyReport, damaged: readonly string[]): WorkReport {
  if (chunks === 0 && faulty === 0) return { verdict: verifyText.nothing }
  if (faulty === 0) return { verdict: verifyText.sound(events, chunks, formatBytes(bytes)) }
  const more = faulty > damaged.length ? [verifyText.more(faulty - damaged.length)] : []
  return {
    verdict: verifyText.faulty(faulty, chunks),
    problems: [...damaged, ...more, verifyText.remedy],
  }
}

async function compact(say: (progress: string) => void): Promise<WorkReport> {
  say(compactText.progress)
  return compacted(await call('log.compact', {}))
}

function compacted(report: ResultOf<'log.compact'>): WorkReport {
  const { removed, bytesBefore, bytesAfter, duration, transactions, file } = report
  return {
    verdict: removed ? compactText.removed(removed.from, removed.to) : compactText.nothing,
    facts: [
      [compactText.before, formatBytes(bytesBefore)],
      [compactText.after, formatBytes(bytesAfter)],
      [compactText.took, formatSpan(duration)],
      [compactText.commits, formatCount(transactions)],
      [compactText.file, file],
    ],
  }
}
