import { Event } from 'tocsin/browser'
import type { EventPage } from '../../../src/methods/contract/index.js'
import type { ListWindow } from './list-window.js'
import { markAfter, toggleMark } from './mark-changes.js'
import { seqOf } from './marks.js'
import { positionOf } from './range.js'
import type { Tail } from './tail.js'

/** A page without a match may be empty: the hub has stopped at its limit of work. */
const MAX_EMPTY_PAGES = 50
const MINUTE = 60e6

export interface Moving {
  tail: Tail
  /** Called with the event that was moved to. */
  onMoved(event: Event | undefined): void
}

export async function byMinutes(
  minutes: number,
  { tail, onMoved }: Moving,
  list: ListWindow,
  selected: Event | undefined,
): Promise<void> {
  const event = selected ?? list.lastShown
  if (event !== undefined) onMoved(await goToTime(tail, list, event.time + minutes * MINUTE, minutes < 0))
}

export function mark(tail: Tail, list: ListWindow, selected: Event | undefined): void {
  const event = selected ?? list.move(-1)
  if (event !== undefined) toggleMark(tail.cursorOf(event))
  list.draw()
}

export async function toMark({ tail, onMoved }: Moving, list: ListWindow): Promise<void> {
  const cursor = markAfter(list.selected?.seq ?? 0)
  if (cursor === undefined) return
  await goTo(tail, list, seqOf(cursor), cursor)
  onMoved(list.selected)
}

/** Shows this event among its neighbours, paused; loads that part of the log if it must. */
export async function goTo(tail: Tail, list: ListWindow, seq: number, cursor: string): Promise<void> {
  tail.pause()
  if (list.selectSeq(seq) !== undefined) return
  await tail.moveTo(cursor)
  list.selectSeq(seq)
}

/** Shows what happened at this time, µs; `backwards`: the last event before it. */
export async function goToTime(
  tail: Tail,
  list: ListWindow,
  time: number,
  backwards = false,
): Promise<Event | undefined> {
  // Positions are milliseconds, and the one before which an event is does not include it.
  const position = positionOf(backwards ? time + 1000 : time)
  const found = await tail.attempt(() => findEvent(tail, backwards ? 'before' : 'from', position))
  if (found !== undefined) await goTo(tail, list, found.seq, tail.cursorOf(found))
  return found
}

async function findEvent(tail: Tail, where: 'from' | 'before', position: string): Promise<Event | undefined> {
  let at: string | undefined = position
  for (let pages = 0; pages < MAX_EMPTY_PAGES && at !== undefined; pages++) {
    const { frames, count, next }: EventPage = await tail.read({ [where]: at, limit: 1 })
    if (count > 0) return new Event(frames)
    at = next
  }
  return undefined
}
