import { useEffect } from 'preact/hooks'
import { change } from '../../../app/router.js'
import { call } from '../../../hub/api.js'
import { notifyStrings as text } from '../../../strings/notify.js'
import { type FilterInput, formatText, type Query } from '../query.js'
import { positionOf } from '../range.js'
import { isRefused, notify } from './browser.js'

interface NotifierProps {
  query: Query
  filters: FilterInput | undefined
}

const EVERY_MS = 15_000
/** A later notification replaces the previous one. */
const TAG = 'tocsin'

/** While the page is in the background, tells of events that match its filter. */
export function Notifier({ query, filters }: NotifierProps) {
  const what = formatText(query)
  useEffect(() => {
    let since = Date.now()
    let told = 0
    const look = async () => {
      const now = Date.now()
      if (!document.hidden) [since, told] = [now, 0]
      else {
        const params = { from: positionOf(since * 1000), to: positionOf(now * 1000), buckets: 1 }
        const { total, atLeast = 0 } = await call('events.histogram', {
          ...params,
          filters: filters as never,
        })
        const found = total ?? atLeast
        if (found > told) notify(text.title, { body: text.found(found, what), tag: TAG })
        told = found
        if (isRefused.value) change({ notify: undefined })
      }
    }
    // Events that could not be counted now are counted the next time.
    const timer = setInterval(() => void look().catch(() => {}), EVERY_MS)
    return () => clearInterval(timer)
  }, [JSON.stringify(filters), what])
  return null
}
