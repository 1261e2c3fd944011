import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { formatCount } from '../../../src/types/figures.js'
import { session } from '../../hub/api.js'
import { fleetStrings as text } from '../../strings/fleet.js'
import { seconds } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import type { Fleet, FleetHost, Period } from './hosts.js'
import { State } from './state.js'
import { type HostState, hostStates, shapes } from './states.js'

interface WallProps {
  fleet: Fleet | undefined
  counts: ReadonlyMap<HostState, number>
  worst: readonly FleetHost[]
  within: Period
  failure: Error | undefined
  field: ComponentChildren
}

/** More than there is room for are not seen. */
const LISTED = 30
const bad: readonly HostState[] = ['critical', 'error', 'silent', 'warning']
const SECOND_MS = 1000

/** For a screen that is read from afar, without keys or mouse. */
export function Wall({ fleet, counts, worst, failure, field }: WallProps) {
  const who = session.value
  const troubled = worst.filter(({ state }) => bad.includes(state)).slice(0, LISTED)
  return (
    <div class="fleet wall" data-ready={fleet === undefined ? undefined : ''}>
      <header>
        <h1>
          {typeof who === 'object' && <span class="quiet">{who.hub}</span>}{' '}
          {text.wallTitle(fleet?.hosts.length ?? 0)}
        </h1>
        <ul class="host-states" aria-label={text.statesTitle}>
          {hostStates
            .filter((state) => (counts.get(state) ?? 0) > 0)
            .map((state) => (
              <li key={state}>
                <span class="host-state" data-state={state} aria-hidden="true">
                  {shapes[state]}
                </span>
                {text.count(state, formatCount(counts.get(state) ?? 0))}
              </li>
            ))}
        </ul>
        <Clock />
      </header>
      {failure !== undefined && (
        <p class="problem" role="alert">
          {text.staleSince(seconds((fleet?.at ?? Date.now()) * 1000), failure.message)}
        </p>
      )}
      <section class="squares" aria-label={text.all} data-stale={failure && ''}>
        {field}
      </section>
      <section class="worst" aria-label={text.list}>
        {troubled.length === 0 && fleet?.isWhole && <p class="fine">{text.allFine}</p>}
        <ol>
          {troubled.map(({ name, state, trouble }) => (
            <li key={name}>
              <State state={state} /> <b>{visible(name)}</b>{' '}
              <span class="number">{trouble === 0 ? '' : formatCount(trouble)}</span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}

function Clock() {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = window.setInterval(() => {
      now.value = Date.now()
    }, SECOND_MS)
    return () => clearInterval(timer)
  }, [])
  return <time class="clock mono">{seconds(now.value * 1000)}</time>
}
