import type { Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Event } from 'tocsin/browser'
import { laterStyles } from '../../app/later-styles.js'
import { change, view } from '../../app/router.js'
import { chosenTab } from './detail/chosen-tab.js'
import type { ListWindow } from './list-window.js'
import { noReplay } from './place.js'
import { filterOf, queryIn } from './query.js'
import type { ReplayControl } from './replay/use-replay.js'
import { findEvent } from './single-event.js'
import type { Tail } from './tail.js'

/** An event that is shown in full, or why it cannot be. */
export type Shown = { event: Event; cursor: string } | { cursor: string; problem: string } | undefined

interface Opening {
  tail: Tail
  /** Everything that decides what is in the list. */
  key: string
  list: { readonly current: ListWindow | undefined }
  shown: Signal<Shown>
  replay: ReplayControl
}

/** Opens the list when the query changes, with the event and the replay of the address. */
export function useOpening({ tail, key, list, shown, replay }: Opening): void {
  useEffect(() => {
    const { params } = view.peek()
    const given = (name: string) => params.get(name) ?? undefined
    const [from, to, at, event, replayed] = ['from', 'to', 'at', 'event', 'replay'].map(given)
    shown.value = undefined
    if (event !== undefined) chosenTab.value = given('tab')
    const opened = tail.open({
      filters: filterOf(queryIn(params)),
      ...(from === undefined ? { at, around: replayed ?? event } : { from, to }),
    })
    list.current?.toEnd()
    if (from !== undefined) void opened.then(() => list.current?.toStart())
    if (event !== undefined) void opened.then(() => showEvent(event, list, shown))
    if (replayed !== undefined) void opened.then(() => showReplay(replayed, replay, shown))
  }, [key])
  const mode = tail.mode.value
  useEffect(() => {
    // A list that has failed was not stopped by the reader, and follows again when it is opened again.
    if (mode === 'paused' && tail.failure.peek() === undefined)
      change({ at: tail.end === '' ? undefined : tail.end })
    if (mode === 'following') change({ at: undefined })
  }, [mode])
}

async function showEvent(cursor: string, list: Opening['list'], shown: Signal<Shown>): Promise<void> {
  const [found] = await Promise.all([findEvent(cursor), laterStyles()])
  // The reader may have opened or closed one meanwhile.
  if (view.peek().params.get('event') !== cursor) return
  shown.value = found instanceof Event ? { event: found, cursor } : { cursor, problem: found }
  if (found instanceof Event) list.current?.selectSeq(found.seq)
}

async function showReplay(cursor: string, replay: ReplayControl, shown: Signal<Shown>): Promise<void> {
  const found = await findEvent(cursor)
  const { params } = view.peek()
  if (params.get('replay') !== cursor) return
  if (found instanceof Event) return replay.start(found, Number(params.get('speed')))
  shown.value = { cursor, problem: found }
  change({ ...noReplay, event: cursor })
}
