import { useSignal } from '@preact/signals'
import { formatCount } from '../../../src/types/figures.js'
import { addressOf, view } from '../../app/router.js'
import { fleetStrings as text } from '../../strings/fleet.js'
import { visible } from '../../text/visible.js'
import type { FleetHost, Period } from './hosts.js'
import { State } from './state.js'

interface HostListProps {
  hosts: readonly FleetHost[]
  within: Period
}

const FIRST = 100
/** More rows than anybody reads; for a certain host there is the search. */
const LONGEST = 1000

/** The hosts, the worst first. */
export function HostList({ hosts, within }: HostListProps) {
  const limit = useSignal(FIRST)
  const shown = hosts.slice(0, limit.value)
  return (
    <section class="host-list" aria-label={text.list}>
      <table aria-label={text.list}>
        <thead>
          <tr>
            <th scope="col">{text.columns.host}</th>
            <th scope="col" class="number">
              {text.columns.trouble(within)}
            </th>
            <th scope="col" class="number">
              {text.columns.heard}
            </th>
            <th scope="col" class="sources">
              {text.columns.sources}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((host) => (
            <Row key={host.name} {...host} />
          ))}
        </tbody>
      </table>
      {hosts.length > limit.value && limit.value < LONGEST && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            limit.value += FIRST
          }}
        >
          {text.more(hosts.length - limit.value)}
        </button>
      )}
    </section>
  )
}

function Row({ name, state, trouble, heard, sources }: FleetHost) {
  const params = new URLSearchParams(view.value.params)
  params.set('host', name)
  return (
    <tr>
      <th scope="row">
        <State state={state} /> <a href={addressOf('fleet', params)}>{visible(name)}</a>
      </th>
      <td class="number">{trouble === 0 ? '–' : text.trouble(state, formatCount(trouble))}</td>
      <td class="number">{text.ago(heard * 1e6)}</td>
      <td class="sources">{sources.join(', ')}</td>
    </tr>
  )
}
