import { computed } from '@preact/signals'
import { change, view } from '../../app/router.js'

/** More than anybody can tell apart; they are in the address. */
const MAX_MARKS = 50

/** Cursors of the events that the reader has marked. */
const cursors = computed(() => view.value.params.getAll('mark').slice(0, MAX_MARKS))

const seqOf = (cursor: string) => Number(cursor.slice(cursor.indexOf('-') + 1))

/** Their numbers. */
export const markedSeqs = computed<ReadonlySet<number>>(() => new Set(cursors.value.map(seqOf)))

export function toggleMark(cursor: string): void {
  const before = cursors.peek()
  const others = before.filter((each) => each !== cursor)
  change({ mark: others.length < before.length ? others : [...others, cursor].slice(-MAX_MARKS) })
}

/** The cursor of the mark after the event with this number; after the last one comes the first. */
export function markAfter(seq: number): string | undefined {
  const sorted = cursors.peek().toSorted((a, b) => seqOf(a) - seqOf(b))
  return sorted.find((each) => seqOf(each) > seq) ?? sorted[0]
}
