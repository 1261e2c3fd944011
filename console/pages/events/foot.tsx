import { strings } from '../../strings.js'

/** The keys that are needed most. */
export function Foot() {
  return <footer class="foot">{strings.events.foot.keys}</footer>
}
