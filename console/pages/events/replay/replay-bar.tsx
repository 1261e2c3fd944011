import { replayStrings as text } from '../../../strings/replay.js'
import { fullMoment } from '../../../text/full-moment.js'
import type { Tail } from '../tail.js'
import { type Replay, speeds } from './replay.js'

export { Replay } from './replay.js'

/** Says plainly that this is a replay, of which time, and how fast. */
export function ReplayBar({ replay, tail }: { replay: Replay; tail: Tail }) {
  const isHeld = tail.mode.value === 'held'
  const toggle = () => replay.toggle()
  return (
    <section class="replay" aria-label={text.title}>
      <strong>{text.mark}</strong>
      <time class="mono">{fullMoment(replay.time.value).slice(0, 19)}</time>
      {isHeld && <span>{text.held}</span>}
      <label>
        {text.speed}{' '}
        <select
          class="button"
          value={replay.speed.value}
          onChange={({ currentTarget }) => {
            replay.speed.value = Number(currentTarget.value)
          }}
        >
          {speeds.map((speed) => (
            <option key={speed} value={speed}>
              {text.times(speed)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button" onClick={toggle}>
        {isHeld ? text.resume : text.pause}
      </button>
      <button type="button" class="button" onClick={() => replay.skip()}>
        {text.next}
      </button>
      <button type="button" class="button" onClick={() => replay.end()}>
        {text.end}
      </button>
    </section>
  )
}
