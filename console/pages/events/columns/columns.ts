import { computed } from '@preact/signals'
import { change, view } from '../../../app/router.js'

/** More would leave no room for the line of the event. */
const MOST = 6
/** Attributes that only the hub derives from what an event says. */
const derived: readonly string[] = ['severity', 'host']
/** Every row shows these. */
const always: readonly string[] = ['tag', 'source']

/** Fields that the reader has chosen as columns. */
export const columns = computed<readonly string[]>(() => {
  const fields = view.value.params.getAll('col').filter(mayBeColumn)
  return [...new Set(fields)].slice(0, MOST)
})

export function mayBeColumn(field: string): boolean {
  return !derived.includes(field) && !always.includes(field)
}

export function toggleColumn(field: string): void {
  const shown = columns.peek()
  const others = shown.filter((each) => each !== field)
  change({ col: others.length < shown.length ? others : [...shown, field] }, 'push')
}
