import type { Histogram } from '../../../../src/methods/contract/index.js'
import { facetStrings as text } from '../../../strings/facets.js'
import { strings } from '../../../strings.js'
import { dayAndMinute } from '../../../text/moments.js'

/** The number of events of the time that is compared, and by how much that of now differs. */
export function Compared({ counts, other }: { counts: Histogram; other: Histogram }) {
  const { total, from, to } = other
  const { events: eventsText, text: spanText } = strings.events.histogram
  const rate = (total ?? 0) / (to - from)
  const now = (counts.total ?? 0) / (counts.to - counts.from)
  const isKnown = total !== undefined && counts.total !== undefined && total > 0
  const change = isKnown ? text.percent(Math.round((now / rate - 1) * 100)) : ''
  const events = eventsText(other)
  return (
    <span class="compared" title={spanText(events, dayAndMinute(from), dayAndMinute(to))}>
      <i />
      {text.compared(events, change)}
    </span>
  )
}
