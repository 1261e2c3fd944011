import { fleetStrings as text } from '../../strings/fleet.js'
import { type HostState, shapes } from './states.js'

/** The shape of a state, with its name for readers of the screen. */
export function State({ state }: { state: HostState }) {
  return (
    <span
      class="host-state"
      data-state={state}
      role="img"
      aria-label={text.states[state]}
      title={text.means[state]}
    >
      {shapes[state]}
    </span>
  )
}
