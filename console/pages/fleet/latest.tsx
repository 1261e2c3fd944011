import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Event } from 'tocsin/browser'
import { severityOf } from '../../../src/types/severity.js'
import { summaryOf } from '../../../src/types/summary.js'
import { addressOf } from '../../app/router.js'
import { useAnswer } from '../../hub/asking.js'
import { type KnownTypes, knownTypes } from '../../hub/types.js'
import { fleetStrings } from '../../strings/fleet.js'
import { strings } from '../../strings.js'
import { dayAndSecond } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import { lastTroubles } from './events-of.js'
import { shapes } from './states.js'

interface LatestProps {
  names: readonly string[]
  /** Changes when there is a newer one. */
  version: string
}

const ROOM = 300
const text = fleetStrings.host

/** The last errors and warnings of a host. */
export function Latest({ names, version }: LatestProps) {
  const types = useSignal<KnownTypes | undefined>(undefined)
  useEffect(() => {
    knownTypes().then(
      (known) => {
        types.value = known
      },
      // Without the types, lines are less short.
      () => {},
    )
  }, [])
  const { value, failure } = useAnswer(version, (signal) => lastTroubles(names, signal))
  const { events, isWhole } = value.value ?? {}
  const note = events === undefined ? strings.events.loading : text.notAllRead
  return (
    <>
      <h3 class="heading">{text.latest}</h3>
      {failure.value !== undefined && <p class="problem">{failure.value.message}</p>}
      <p class="quiet">{isWhole ? events?.length === 0 && text.noLatest : note}</p>
      <ul class="latest">
        {events?.map((event) => (
          <Line key={event.seq} event={event} types={types.value} version={version} />
        ))}
      </ul>
    </>
  )
}

interface LineProps {
  event: Event
  types: KnownTypes | undefined
  version: string
}

function Line({ event, types, version }: LineProps) {
  const { tag, data, time, seq, attributes } = event
  const type = typeof attributes.type === 'string' ? attributes.type : types?.typeOf(tag)
  const display = type === undefined ? undefined : types?.displays.get(type)
  const epoch = /(\S+)-\d+/.exec(version)?.[1]
  const state = severityOf(data) === 'warning' ? 'warning' : 'error'
  return (
    <li>
      <span class="host-state" data-state={state} role="img" aria-label={fleetStrings.states[state]}>
        {shapes[state]}
      </span>{' '}
      <a href={addressOf('events', { event: `${epoch}-${seq}` })} title={visible(tag)}>
        <time class="mono">{dayAndSecond(time)}</time> {visible(summaryOf(data, ROOM, display))}
      </a>
    </li>
  )
}
