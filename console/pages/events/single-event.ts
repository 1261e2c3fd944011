import type { Signal } from '@preact/signals'
import { Event, parseCursor, TocsinError } from 'tocsin/browser'
import { messageOf } from '../../../src/errors/thrown.js'
import { laterStyles } from '../../app/later-styles.js'
import { change, view } from '../../app/router.js'
import { hub } from '../../hub/live.js'
import { singleEventStrings as text } from '../../strings/single-event.js'
import type { ListWindow } from './list-window.js'
import { noReplay } from './place.js'
import type { ReplayControl } from './replay/use-replay.js'

/** An event that is shown in full, or why it cannot be. */
export type Shown = { event: Event; cursor: string } | { cursor: string; problem: string } | undefined

/** Shows the event of the address. */
export async function showEvent(
  cursor: string,
  list: { readonly current: ListWindow | undefined },
  shown: Signal<Shown>,
): Promise<void> {
  const [found] = await Promise.all([findEvent(cursor), laterStyles()])
  // The reader may have opened or closed one meanwhile.
  if (view.peek().params.get('event') !== cursor) return
  shown.value = found instanceof Event ? { event: found, cursor } : { cursor, problem: found }
  // Numbers tell events apart only in the log of one hub.
  if (view.peek().params.has('edges')) return
  if (found instanceof Event) list.current?.selectSeq(found.seq)
  else if (found === text.gone) list.current?.showPlaceOf(parseCursor(cursor).seq)
}

/** Begins the replay of the address. */
export async function showReplay(cursor: string, replay: ReplayControl, shown: Signal<Shown>): Promise<void> {
  const found = await findEvent(cursor)
  const { params } = view.peek()
  if (params.get('replay') !== cursor) return
  if (found instanceof Event) return replay.start(found, Number(params.get('speed')))
  shown.value = { cursor, problem: found }
  change({ ...noReplay, event: cursor })
}

/** The event with this cursor, or why it cannot be shown. */
async function findEvent(cursor: string): Promise<Event | string> {
  try {
    const client = await hub()
    const edges = view.peek().params.get('edges')
    if (edges !== null) {
      const code = await import('./edges/edge-event.js')
      return await code.findEdgeEvent(cursor, edges)
    }
    if (cursor.slice(0, cursor.indexOf('-')) !== client.welcome.epoch) return text.foreign
    const { frame } = await client.request('events.get', { cursor })
    return new Event(frame)
  } catch (error) {
    if (TocsinError.is(error, 'TCN_EVENT_EXPIRED')) return text.gone
    if (TocsinError.is(error, 'TCN_EVENT_UNKNOWN')) return text.goneNever
    return messageOf(error)
  }
}
