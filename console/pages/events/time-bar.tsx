import { change } from '../../app/router.js'
import { strings } from '../../strings.js'
import { noPlace } from './place.js'
import { type Span, spans } from './range.js'
import type { Tail } from './tail.js'

interface TimeBarProps {
  tail: Tail
  span: Span
  isLive: boolean
  onToggle(): void
}

const text = strings.events

/** Leaves a time that was chosen, and a place in it. */
export const toNow = { from: undefined, to: undefined, ...noPlace }

/** Shows the period of the counts, the state of the list (live or stopped), and the button that stops it. */
export function TimeBar({ tail, span, isLive, onToggle }: TimeBarProps) {
  const mode = tail.mode.value
  const isMoving = tail.isMoving
  return (
    <div class="time-bar">
      {isLive ? (
        <select
          class="button"
          aria-label={text.range}
          value={span}
          onChange={({ currentTarget }) => change({ range: currentTarget.value })}
        >
          {spans.map((each) => (
            <option key={each} value={each}>
              {text.ranges[each]}
            </option>
          ))}
        </select>
      ) : (
        <button type="button" class="button" onClick={() => change(toNow, 'push')}>
          {text.wholeRange}
        </button>
      )}
      <span class="state" data-state={mode === 'live' ? 'live' : 'paused'}>
        {stateOf(tail)}
      </span>
      <button type="button" class="button" aria-pressed={!isMoving} onClick={onToggle}>
        <span aria-hidden="true">{isMoving ? '❚❚' : '▶'}</span>
        <span class="hidden-text">{isMoving ? text.pause : text.resume}</span>
      </button>
    </div>
  )
}

function stateOf({ mode: { value: mode }, rate, isMoving }: Tail): string {
  if (mode === 'replaying' || mode === 'held') return text.replay
  if (mode === 'cut') return text.cut
  if (mode === 'catching up') return text.catchingUp
  return isMoving ? text.live(rate.value) : text.paused
}
