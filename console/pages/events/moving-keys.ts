import type { Event } from 'tocsin/browser'
import { type KeyBinding, useKeys } from '../../app/keys.js'
import { strings } from '../../strings.js'
import type { ListWindow } from './list-window.js'
import { markAfter, toggleMark } from './marks.js'
import type { Tail } from './tail.js'

const MINUTE = 60e6
const { keys } = strings.events

interface Moving {
  tail: Tail
  list: { readonly current: ListWindow | undefined }
  /** Called with the event that was moved to. */
  onMoved(event: Event | undefined): void
  onReplay(event: Event | undefined): void
}

/** Binds the keys that move by time and by marks. */
export function useMovingKeys({ tail, list, onMoved, onReplay }: Moving): void {
  const byMinutes = (minutes: number) => async () => {
    const window = list.current
    const event = window?.selected ?? window?.lastShown
    if (window === undefined || event === undefined) return
    const code = await tail.attempt(() => import('./moving.js'))
    if (code === undefined) return
    onMoved(await code.goToTime(tail, window, event.time + minutes * MINUTE, minutes < 0))
  }
  const mark = () => {
    const event = list.current?.selected ?? list.current?.move(-1)
    if (event !== undefined) toggleMark(tail.cursorOf(event))
    list.current?.draw()
  }
  const toMark = async () => {
    const window = list.current
    const cursor = markAfter(window?.selected?.seq ?? 0)
    if (window === undefined || cursor === undefined) return
    const code = await tail.attempt(() => import('./moving.js'))
    await code?.goTo(tail, window, Number(cursor.slice(cursor.indexOf('-') + 1)), cursor)
    onMoved(window.selected)
  }
  const bindings: KeyBinding[] = [
    { key: '[', label: keys.earlier, run: byMinutes(-1) },
    { key: ']', label: keys.later, run: byMinutes(1) },
    { key: 'm', label: keys.mark, run: mark },
    { key: 'M', label: keys.nextMark, run: toMark },
    { key: 'R', label: keys.replay, run: () => onReplay(list.current?.selected ?? list.current?.move(-1)) },
  ]
  useKeys(bindings)
}
