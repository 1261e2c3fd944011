import { strings } from '../../strings.js'
import { dayAndSecond, seconds } from '../../text/moments.js'
import type { Tail } from './tail.js'

const HALF_A_DAY = 43_200e6

/** Shows the number of events after the list, and the ways to see them. */
export function WaitingPill({ tail, onNow }: { tail: Tail; onNow(): void }) {
  const waiting = tail.waiting.value
  const behind = tail.behind.value
  if (tail.mode.value === 'catching up' && behind !== undefined)
    return (
      <div class="pill">
        <span>{strings.events.behind(behind.micros, behind.events)}</span>
        <button type="button" class="button plain" onClick={() => tail.resume('now')}>
          {strings.events.jump}
        </button>
      </div>
    )
  if (tail.mode.value !== 'paused' || waiting === undefined) return null
  const { count, exact, since } = waiting
  const resume = (how: 'catch up' | 'now') => () => {
    tail.resume(how)
    onNow()
  }
  return (
    <div class="pill">
      <span>{strings.events.waiting(count, exact, momentOf(since))}</span>
      <button type="button" class="button primary" onClick={resume('catch up')}>
        {strings.events.resume}
      </button>
      {count > 0 && (
        <button type="button" class="button plain" onClick={resume('now')}>
          {strings.events.jump}
        </button>
      )}
    </div>
  )
}

/** With the day, where the time alone could be one of today. */
function momentOf(micros: number): string {
  return Date.now() * 1000 - micros < HALF_A_DAY ? seconds(micros) : dayAndSecond(micros)
}
