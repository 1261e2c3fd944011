import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Event } from 'tocsin/browser'
import type { EventPage } from '../../../../src/methods/contract/index.js'
import { useAnswer } from '../../../hub/asking.js'
import { hub } from '../../../hub/live.js'
import { dayAndMinute } from '../../../text/moments.js'
import type { ListWindow } from '../list-window.js'
import { goToTime } from '../moving.js'
import type { Tail } from '../tail.js'

interface RailProps {
  tail: Tail
  list: ListWindow
  /** Shows what happens now. */
  onNow(): void
}

const ASK_EVERY_MS = 30_000
/** Who lets go this close to the end wants what happens now. */
const NOW_PART = 0.985
const percent = (part: number) => `${(Math.min(1, Math.max(0, part)) * 100).toFixed(2)}%`

/** All the time that the log covers, and which part of it is shown. Keys do the same: `[`, `]`, Home and End. */
export function Rail({ tail, list, onNow }: RailProps) {
  const { value: oldest } = useAnswer('oldest', timeOfOldest, ASK_EVERY_MS)
  const shown = useSignal<readonly [number, number] | undefined>(undefined)
  const drag = useSignal<number | undefined>(undefined)
  useEffect(() => {
    list.onDraw = () => {
      const [first, last] = [list.firstShown, list.lastShown]
      const next = first && last && ([first.time, last.time] as const)
      if (next?.[0] !== shown.peek()?.[0] || next?.[1] !== shown.peek()?.[1]) shown.value = next
    }
    list.draw()
    return () => {
      list.onDraw = () => {}
    }
  }, [list])
  const from = oldest.value
  if (from === undefined) return null
  const now = Date.now() * 1000
  const whole = Math.max(1, now - from)
  const part = (time: number) => (time - from) / whole
  const at = (event: PointerEvent) => {
    const { top, height } = (event.currentTarget as Element).getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientY - top) / height))
  }
  const finish = () => {
    const chosen = drag.value
    drag.value = undefined
    if (chosen === undefined) return
    if (chosen >= NOW_PART) onNow()
    else void goToTime(tail, list, from + chosen * whole)
  }
  const [first, last] = shown.value ?? [now, now]
  const top = part(first)
  return (
    <div
      class="rail"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        drag.value = at(event)
      }}
      onPointerMove={(event) => {
        if (drag.value !== undefined) drag.value = at(event)
      }}
      onPointerUp={finish}
      onPointerCancel={() => {
        drag.value = undefined
      }}
    >
      <i
        style={{ top: `min(${percent(drag.value ?? top)}, 100% - 8px)`, height: percent(part(last) - top) }}
      />
      {drag.value !== undefined && (
        <span style={{ top: percent(drag.value) }}>{dayAndMinute(from + drag.value * whole)}</span>
      )}
    </div>
  )
}

/** The time of the oldest event that the log keeps and the reader may see, µs. */
async function timeOfOldest(signal: AbortSignal): Promise<number | undefined> {
  const client = await hub()
  const page = await client.request<EventPage>('events.read', { from: 'start', limit: 1 }, { signal })
  return page.count === 0 ? undefined : new Event(page.frames).time
}
