import { computed } from '@preact/signals'
import { change, view } from '../../../app/router.js'

/** True if long lines of the list are shown whole, on several lines. */
export const isWrapped = computed(() => view.value.params.has('wrap'))

export function toggleWrap(): void {
  change({ wrap: isWrapped.peek() ? undefined : '1' })
}
