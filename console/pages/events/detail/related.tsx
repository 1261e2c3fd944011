import { useSignal } from '@preact/signals'
import type { Event } from 'tocsin/browser'
import type { KnownTypes } from '../../../hub/types.js'
import { detailStrings } from '../../../strings/detail.js'
import { dayAndMinute } from '../../../text/moments.js'
import { visible } from '../../../text/visible.js'
import type { Choice } from '../query.js'
import { typeIn } from '../row-text.js'
import { filterOfKeys, firstChosen, keysOf } from './correlation.js'
import { EventLines, LookedAt } from './event-lines.js'
import { type Neighbours, useNeighbours } from './neighbours.js'

interface RelatedProps {
  event: Event
  types: KnownTypes
  onOpen(event: Event): void
  onChoose(choice: Choice): void
}

const ROOM = { earlier: 50, later: 100 }
const text = detailStrings

/** Events that have values in common with this one, before and after it. */
export function Related({ event, types, onOpen, onChoose }: RelatedProps) {
  const keys = keysOf(event, types.correlationOf(typeIn(event, types.typeOf)))
  const asked = useSignal<readonly string[] | undefined>(undefined)
  const kept = asked.value?.filter((field) => keys.some((each) => each.field === field))
  const chosen =
    kept === undefined || (kept.length === 0 && asked.value?.length !== 0) ? firstChosen(keys) : kept
  const toggle = (field: string) => {
    asked.value = chosen.includes(field) ? chosen.filter((each) => each !== field) : [...chosen, field]
  }
  const found = useNeighbours(JSON.stringify([event.seq, chosen]), event, filterOfKeys(keys, chosen), ROOM)
  const only = keys.find(({ field }) => field === chosen[0])
  return (
    <>
      <fieldset class="keys-in-common">
        <legend>{text.sameValue}</legend>
        {keys.map(({ field, value }) => (
          <button
            key={field}
            type="button"
            class="button"
            aria-pressed={chosen.includes(field)}
            title={visible(String(value))}
            onClick={() => toggle(field)}
          >
            {visible(field.replace(/^data\./, ''))} <span class="value">{visible(String(value))}</span>
          </button>
        ))}
        {only !== undefined && only.field !== 'traceparent' && (
          <button
            type="button"
            class="button plain"
            onClick={() => onChoose({ field: only.field, value: only.value, not: false })}
          >
            {text.onlyThese}
          </button>
        )}
      </fieldset>
      <Found found={found} event={event} types={types} onOpen={onOpen} />
    </>
  )
}

type FoundProps = Pick<RelatedProps, 'event' | 'types' | 'onOpen'> & { found: Neighbours }

function Found({ found, event, types, onOpen }: FoundProps) {
  const { events, isLoading, lookedBack } = found
  return (
    <>
      {lookedBack.value !== undefined && !isLoading.value && (
        <p class="looked">
          {text.lookedBack(dayAndMinute(lookedBack.value))}{' '}
          <button type="button" class="button plain" onClick={found.lookFurther}>
            {text.earlier}
          </button>
        </p>
      )}
      <EventLines event={event} events={events.value} types={types} onOpen={onOpen} />
      {events.value.length === 1 && !isLoading.value && <p class="looked">{text.nothingRelated}</p>}
      <LookedAt found={found} limit={ROOM.later} />
    </>
  )
}
