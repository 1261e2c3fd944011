import { useSignal } from '@preact/signals'
import { useKeys } from '../../app/keys.js'
import { change, view } from '../../app/router.js'
import { setting } from '../../app/setting.js'
import { lazily } from '../../components/lazily.js'
import { strings } from '../../strings.js'
import { spanIn, spans } from './range.js'
import type { Tail } from './tail.js'

const ChosenTime = lazily(() => import('./time/parts.js').then(({ ChosenTime }) => ChosenTime))
const TimeDialog = lazily(() => import('./time/parts.js').then(({ TimeDialog }) => TimeDialog))

interface TimeBarProps {
  tail: Tail
  isLive: boolean
  onToggle(): void
}

const text = strings.events

/** Shows the period of the counts, the state of the list (live or stopped), and the button that stops it. */
export function TimeBar({ tail, isLive, onToggle }: TimeBarProps) {
  const mode = tail.mode.value
  const isMoving = tail.isMoving
  const asks = useSignal(false)
  const ask = setting(asks, true)
  useKeys([{ key: 't', label: 'time', run: ask }])
  const span = spanIn(view.value.params)
  return (
    <div class="time-bar">
      {isLive ? (
        <select
          class="button"
          aria-label={text.range}
          value={span}
          onChange={({ currentTarget }) => {
            const { value } = currentTarget
            currentTarget.value = span
            if (value === '') ask()
            else change({ range: value })
          }}
        >
          {[...new Set([...spans, span])].map((each) => (
            <option key={each} value={each}>
              {each in text.ranges ? text.ranges[each as keyof typeof text.ranges] : each}
            </option>
          ))}
          <option value="">{text.otherTime}</option>
        </select>
      ) : (
        <ChosenTime onAsk={ask} />
      )}
      {asks.value && <TimeDialog onClose={setting(asks, false)} />}
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
