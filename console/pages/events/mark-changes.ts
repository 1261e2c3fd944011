import { change } from '../../app/router.js'
import { MAX_MARKS, markedCursors, seqOf } from './marks.js'

export function toggleMark(cursor: string): void {
  const before = markedCursors.peek()
  const others = before.filter((each) => each !== cursor)
  change({ mark: others.length < before.length ? others : [...others, cursor].slice(-MAX_MARKS) })
}

/** The cursor of the mark after the event with this number; after the last one comes the first. */
export function markAfter(seq: number): string | undefined {
  const sorted = markedCursors.peek().toSorted((a, b) => seqOf(a) - seqOf(b))
  return sorted.find((each) => seqOf(each) > seq) ?? sorted[0]
}
