import { computed } from '@preact/signals'
import { view } from '../../app/router.js'

/** More than anybody can tell apart; they are in the address. */
export const MAX_MARKS = 50

/** Cursors of the events that the reader has marked. */
export const markedCursors = computed(() => view.value.params.getAll('mark').slice(0, MAX_MARKS))

export const seqOf = (cursor: string) => Number(cursor.slice(cursor.indexOf('-') + 1))

/** Their numbers. */
export const markedSeqs = computed<ReadonlySet<number>>(() => new Set(markedCursors.value.map(seqOf)))
