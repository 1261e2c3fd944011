import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Event } from 'tocsin/browser'
import { messageOf } from '../../../../src/errors/thrown.js'
import type { EventPage } from '../../../../src/methods/contract/index.js'
import { formatCount } from '../../../../src/types/figures.js'
import { Dialog } from '../../../components/dialog.js'
import { eventsIn } from '../../../hub/frames.js'
import { hub } from '../../../hub/live.js'
import { knownTypes } from '../../../hub/types.js'
import { patternStrings as text } from '../../../strings/patterns.js'
import { strings } from '../../../strings.js'
import { dayAndSecond } from '../../../text/moments.js'
import { visible } from '../../../text/visible.js'
import { choose, filterOf, type Query } from '../query.js'
import type { Range } from '../range.js'
import { eventText, typeIn } from '../row-text.js'
import { fold, type Pattern, wordsIn } from './patterns.js'

interface PatternsProps {
  query: Query
  range: Range
  onQuery(query: Query): void
  onClose(): void
}

interface Folded {
  readonly patterns: readonly Pattern[]
  readonly events: number
  readonly isAll: boolean
}

/** More events take longer than people wait. */
const MOST = 5000
const PAGE = 1000
/** Patterns that are shown. Rarer ones say nothing about the whole. */
const SHOWN = 100

/** The latest events of the filter and the time, of which those that look alike are one line. */
export function PatternsDialog({ query, range, onQuery, onClose }: PatternsProps) {
  const read = useSignal(0)
  const folded = useSignal<Folded | undefined>(undefined)
  const problem = useSignal('')
  useEffect(() => {
    const abort = new AbortController()
    const found = foldLatest(query, range, abort.signal, (events) => {
      read.value = events
    })
    found.then(
      (made) => {
        folded.value = made
      },
      (error) => {
        if (!abort.signal.aborted) problem.value = strings.failed(messageOf(error))
      },
    )
    return () => abort.abort()
  }, [])
  const only = ({ type, latest }: Pattern) => {
    const words = wordsIn(latest.data)
    const patterns = words === undefined ? query.patterns : [...query.patterns, `"${words}"`]
    onQuery(choose({ ...query, patterns }, { field: 'type', value: type, not: false }))
    onClose()
  }
  const made = folded.value
  const most = made?.patterns[0]?.count ?? 1
  return (
    <Dialog title={text.title} onClose={onClose}>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <p role="status">
        {made === undefined
          ? problem.value === '' && text.reading(read.value)
          : made.events === 0
            ? text.none
            : text.read(made.events, made.isAll)}
      </p>
      <ol class="patterns">
        {made?.patterns.slice(0, SHOWN).map((each) => (
          <li key={`${each.type} ${each.text}`}>
            <button
              type="button"
              aria-label={text.only(visible(`${each.type}: ${each.text}`))}
              onClick={() => only(each)}
            >
              <progress aria-hidden="true" max={most} value={each.count} />
              <b>{formatCount(each.count)}</b>
              <span class="mono">{visible(each.text)}</span>
              <small>
                {visible(each.type)} · {dayAndSecond(each.latest.time)}
              </small>
            </button>
          </li>
        ))}
      </ol>
    </Dialog>
  )
}

async function foldLatest(
  query: Query,
  { from, to, edges }: Range,
  signal: AbortSignal,
  onRead: (events: number) => void,
): Promise<Folded> {
  const [client, types] = await Promise.all([hub(), knownTypes()])
  const events: Event[] = []
  const filters = filterOf(query)
  let before: string | undefined = to ?? 'end'
  while (before !== undefined && events.length < MOST) {
    const asked: Record<string, unknown> = { filters, edges, from, before, limit: PAGE }
    const { frames, count, next }: EventPage = await client.request<EventPage>('events.read', asked, {
      signal,
    })
    events.push(...eventsIn(frames, count))
    before = next
    onRead(events.length)
  }
  const lineOf = (event: Event) => ({
    summary: eventText(event, types).summary,
    type: typeIn(event, types.typeOf),
  })
  return { patterns: fold(events, lineOf), events: events.length, isAll: before === undefined }
}
