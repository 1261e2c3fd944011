import { Event } from 'tocsin/browser'
import type { EventPage } from '../../../src/methods/contract/index.js'
import type { ListWindow } from './list-window.js'
import { positionOf } from './range.js'
import type { Tail } from './tail.js'

/** A page without a match may be empty: the hub has stopped at its limit of work. */
const MAX_EMPTY_PAGES = 50

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
