import type { EventPage, Histogram } from '../../src/methods/contract/index.js'
import { useAnswer } from '../hub/asking.js'
import { counted } from '../hub/counting.js'
import { eventsIn } from '../hub/frames.js'
import { hub } from '../hub/live.js'
import { knownTypes } from '../hub/types.js'
import { type FilterInput, filterOf } from '../pages/events/query.js'
import { eventText, type RowText } from '../pages/events/row-text.js'
import { ruleStrings as text } from '../strings/rule.js'
import { strings } from '../strings.js'
import { visible } from '../text/visible.js'

const EXAMPLES = 5

interface PastMatchesProps {
  filters: FilterInput
  /** The condition of which they are, if a rule has several. */
  condition?: string
}

/** The events that a rule would have matched. */
export function PastMatches({ filters, condition }: PastMatchesProps) {
  const count = useAnswer<Histogram>(JSON.stringify(filters), (signal, soFar) =>
    counted('events.histogram', { filters: filters as never, from: '-1d', buckets: 1 }, signal, soFar),
  )
  const latest = useAnswer(JSON.stringify(filters), (signal) => latestOf(filters, signal))
  const found = count.isStale.value ? undefined : count.value.value
  const { exact = false, total, atLeast = 0 } = found ?? {}
  const number = total ?? atLeast
  const failure = count.failure.value ?? latest.failure.value
  return (
    <section>
      <h3 class="heading">{condition === undefined ? text.past : text.pastOf(visible(condition))}</h3>
      {failure && <p class="problem">{failure.message}</p>}
      <p role="status">
        {found === undefined ? strings.events.facets.counting : text.matched(number, exact)}{' '}
        {number > 0 ? text.latest : exact && text.none}
      </p>
      <ol class="mono">
        {latest.value.value?.map(({ time, title, tag, summary }) => (
          <li key={title} title={title}>
            {time} {tag} {summary}
          </li>
        ))}
      </ol>
    </section>
  )
}

/** The newest first. */
async function latestOf(filters: FilterInput, signal: AbortSignal): Promise<RowText[]> {
  const [client, types] = await Promise.all([hub(), knownTypes()])
  const asked = { filters, from: '-1d', before: 'end', limit: EXAMPLES }
  const { frames, count }: EventPage = await client.request<EventPage>('events.read', asked, { signal })
  return eventsIn(frames, count).map((event) => eventText(event, types))
}

/** The filter of a rule with these keys, of which each may be empty. */
export function filterOfRule(filter: unknown, where: string): FilterInput {
  const patterns = [filter ?? []]
    .flat()
    .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
  return filterOf({ patterns, where, choices: [] }) ?? '*'
}
