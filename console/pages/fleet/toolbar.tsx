import { useEffect, useRef } from 'preact/hooks'
import { formatCount } from '../../../src/types/figures.js'
import { addressOf, change, view } from '../../app/router.js'
import { fleetStrings as text } from '../../strings/fleet.js'
import { visible } from '../../text/visible.js'
import type { FleetView } from './fleet-view.js'
import type { Grouping } from './groups.js'
import type { Period } from './hosts.js'
import { type HostState, hostStates, shapes } from './states.js'

interface ToolbarProps {
  view: FleetView
  counts: ReadonlyMap<HostState, number>
  groupings: readonly Grouping[]
  search: { readonly current: HTMLInputElement | null }
}

const TYPING_MS = 200
const periods: readonly Period[] = ['hour', 'day']

/** The choices of the reader, and counts of hosts by state. */
export function Toolbar({ view: shown, counts, groupings, search }: ToolbarProps) {
  const wall = new URLSearchParams(view.value.params)
  wall.set('wall', '')
  // That of the address stays to be chosen, although no host may have it now.
  const choices = groupings.includes(shown.by) ? groupings : [...groupings, shown.by]
  return (
    <div class="fleet-bar">
      <Search match={shown.match} input={search} />
      <Choice
        label={text.period}
        value={shown.within}
        choices={periods.map((period) => [period, text.periods[period]])}
        onChange={(within) => change({ within: within === 'hour' ? undefined : within })}
      />
      <Choice
        label={text.groupBy}
        value={shown.by}
        choices={choices.map((by) => [by, text.grouping(visible(by))])}
        onChange={(by) => change({ by: by || undefined })}
      />
      <States states={shown.states} counts={counts} />
      <a class="button" href={addressOf('fleet', wall)}>
        {text.wall}
      </a>
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string
  choices: readonly (readonly [value: string, shown: string])[]
  onChange(value: string): void
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <select
      class="button"
      aria-label={label}
      title={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      {choices.map(([choice, shown]) => (
        <option key={choice} value={choice}>
          {shown}
        </option>
      ))}
    </select>
  )
}

function Search({ match, input }: { match: string; input: ToolbarProps['search'] }) {
  const timer = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <input
      ref={input as preact.RefObject<HTMLInputElement>}
      class="field search"
      type="search"
      aria-label={text.search}
      placeholder={text.searchHint}
      value={match}
      onInput={({ currentTarget }) => {
        clearTimeout(timer.current)
        timer.current = window.setTimeout(
          () => change({ match: currentTarget.value || undefined }),
          TYPING_MS,
        )
      }}
    />
  )
}

/** Counts, each of which chooses the hosts that it counts. */
function States({ states, counts }: Pick<FleetView, 'states'> & Pick<ToolbarProps, 'counts'>) {
  const toggle = (state: HostState) => {
    const rest = states.filter((each) => each !== state)
    change({ is: rest.length < states.length ? rest : [...states, state] }, 'push')
  }
  return (
    <ul class="host-states" aria-label={text.statesTitle}>
      {hostStates
        .filter((state) => (counts.get(state) ?? 0) > 0 || states.includes(state))
        .map((state) => (
          <li key={state}>
            <button
              type="button"
              class="button plain"
              aria-pressed={states.includes(state)}
              title={text.means[state]}
              onClick={() => toggle(state)}
            >
              <span class="host-state" data-state={state} aria-hidden="true">
                {shapes[state]}
              </span>
              {text.count(state, formatCount(counts.get(state) ?? 0))}
            </button>
          </li>
        ))}
    </ul>
  )
}
