import { strings } from '../../strings.js'
import { seconds } from '../../text/moments.js'
import type { Tail } from './tail.js'

/** What has come since the pause, and the ways to go on. */
export function WaitingPill({ tail, onNow }: { tail: Tail; onNow(): void }) {
  const waiting = tail.waiting.value
  if (tail.mode.value !== 'paused' || waiting === undefined) return null
  const { count, exact, since } = waiting
  const resume = (how: 'catch up' | 'now') => () => {
    tail.resume(how)
    onNow()
  }
  return (
    <div class="pill">
      <span>{strings.events.waiting(count, exact, seconds(since))}</span>
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
