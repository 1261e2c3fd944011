import type { Event } from 'tocsin/browser'
import { formatSpan } from '../../../../src/types/figures.js'
import type { KnownTypes } from '../../../hub/types.js'
import { detailStrings } from '../../../strings/detail.js'
import { strings } from '../../../strings.js'
import { eventText } from '../row-text.js'
import type { Neighbours } from './neighbours.js'

interface LinesProps {
  event: Event
  events: readonly Event[]
  types: KnownTypes
  onOpen(event: Event): void
}

const text = detailStrings

/** Events in a short list, each with its distance in time from this one. */
export function EventLines({ event, events, types, onOpen }: LinesProps) {
  return (
    <ul class="lines">
      {events.map((each) => {
        const { severity, tag, summary, title } = eventText(each, types)
        const isThis = each.seq === event.seq
        return (
          <li key={each.seq}>
            <button
              type="button"
              aria-current={isThis ? 'true' : undefined}
              data-severity={severity || undefined}
              title={title}
              onClick={() => onOpen(each)}
            >
              <span class="distance">{isThis ? text.thisEvent : distance(each.time - event.time)}</span>
              <span>{tag}</span>
              <span>{summary}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** `+2.3s`, `−14ms` */
export function distance(micros: number): string {
  return `${micros < 0 ? '−' : '+'}${formatSpan(Math.abs(micros))}`
}

/** Why there may be more events than are shown. */
export function LookedAt({ found, limit }: { found: Neighbours; limit: number }) {
  const { isLoading, failure, isCut } = found
  return (
    <p class="looked" role="status">
      {failure.value !== undefined && <span class="problem">{strings.failed(failure.value.message)}</span>}
      {isLoading.value && text.looking}
      {isCut.value && text.cut(limit)}
    </p>
  )
}
