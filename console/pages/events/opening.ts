import type { Signal } from '@preact/signals'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { parseCursor } from 'tocsin/browser'
import { change, view } from '../../app/router.js'
import { chosenTab } from './detail/chosen-tab.js'
import { isFollowing } from './list-state.js'
import type { ListWindow } from './list-window.js'
import { filterOf, queryIn } from './query.js'
import type { ReplayControl } from './replay/use-replay.js'
import type { Shown } from './single-event.js'
import type { Tail } from './tail.js'

interface Opening {
  tail: Tail
  /** Everything that decides what is in the list. */
  key: string
  list: { readonly current: ListWindow | undefined }
  shown: Signal<Shown>
  replay: ReplayControl
  /** True if the list opens with another filter at the place that is seen now. */
  keepsPlace: { current: boolean }
}

/** Opens the list when the query changes, with the event and the replay of the address. */
export function useOpening({ tail, key, list, shown, replay, keepsPlace }: Opening): void {
  useEffect(() => {
    const { params } = view.peek()
    const given = (name: string) => params.get(name) ?? undefined
    const [from, to, at, event, replayed, edges] = ['from', 'to', 'at', 'event', 'replay', 'edges'].map(given)
    const isKept = keepsPlace.current && edges === undefined
    keepsPlace.current = false
    const isOpen = isKept && event !== undefined && shown.peek()?.cursor === event
    if (!isOpen) shown.value = undefined
    if (event !== undefined) chosenTab.value = given('tab')
    const around = isKept ? placeIn(tail, list.current, isOpen ? event : undefined) : (replayed ?? event)
    const opened = tail.open({
      filters: filterOf(queryIn(params)),
      edges,
      ...(from !== undefined && { from, to }),
      ...(isKept ? { around } : from === undefined && { at, around }),
    })
    list.current?.toEnd()
    if (isKept && around !== undefined) void opened.then(() => showPlace(list.current, around))
    else if (from !== undefined) void opened.then(() => list.current?.toStart())
    if (isOpen || (event === undefined && replayed === undefined)) return
    const loaded = tail.attempt(() => import('./single-event.js'))
    void opened.then(async () => {
      const code = await loaded
      if (event !== undefined) void code?.showEvent(event, list, shown)
      if (replayed !== undefined) void code?.showReplay(replayed, replay, shown)
    })
  }, [key])
  const mode = tail.mode.value
  // At once: a page that is loaded again, or left, before the next frame would forget it.
  useLayoutEffect(() => {
    // A list that has failed was not stopped by the reader, and follows again when it is opened again.
    if (mode === 'paused' && tail.failure.peek() === undefined)
      change({ at: tail.end === '' || tail.query.edges !== undefined ? undefined : tail.end })
    if (isFollowing(mode)) change({ at: undefined })
  }, [mode])
}

/** The cursor of what is read now, around which the list opens; undefined while it follows. */
function placeIn(tail: Tail, list: ListWindow | undefined, open: string | undefined): string | undefined {
  if (isFollowing(tail.mode.peek())) return undefined
  const last = list?.lastShown
  return open ?? (last === undefined ? (view.peek().params.get('at') ?? undefined) : tail.cursorOf(last))
}

function showPlace(list: ListWindow | undefined, cursor: string): void {
  const { seq } = parseCursor(cursor)
  if (list?.selectSeq(seq) === undefined) list?.showPlaceOf(seq)
}
