import { useEffect } from 'preact/hooks'
import { formatTime } from '../../../../src/event/position.js'
import { change } from '../../../app/router.js'
import { repeatedly } from '../../../hub/asking.js'
import { counted } from '../../../hub/counting.js'
import { notifyStrings as text } from '../../../strings/notify.js'
import { type FilterInput, formatText, type Query } from '../query.js'
import { isRefused, notify } from './browser.js'

interface NotifierProps {
  query: Query
  filters: FilterInput | undefined
}

const EVERY_MS = 15_000
/** Time that the first question may take to the hub, which reckons from its own time then. */
const WAY_MS = 2000
/** Events of the last second may not be counted yet. */
const UP_TO = '-1s'
/** A later notification replaces the previous one. */
const TAG = 'tocsin'

/** While the page is in the background, tells of events that match its filter. */
export function Notifier({ query, filters }: NotifierProps) {
  const what = formatText(query)
  useEffect(() => {
    let seen = performance.now()
    /** The end of what was counted since then, by the clock of the hub. */
    let end: string | undefined
    let told = 0
    return repeatedly(EVERY_MS, async (signal) => {
      if (!document.hidden) {
        seen = performance.now()
        end = undefined
        told = 0
        return
      }
      const from = end ?? `-${((performance.now() - seen + WAY_MS) / 1000).toFixed(3)}s`
      const params = { from, to: UP_TO, buckets: 1, filters: filters as never }
      const { to, total, atLeast = 0 } = await counted('events.histogram', params, signal, () => {})
      end = formatTime(to)
      const found = total ?? atLeast
      told += found
      if (found > 0) notify(text.title, { body: text.found(told, what), tag: TAG })
      if (isRefused.value) change({ notify: undefined })
    })
  }, [JSON.stringify(filters), what])
  return null
}
