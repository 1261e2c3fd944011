import { strings } from '../../strings.js'
import { isWrapped, toggleWrap } from './wrap/wrapped.js'

/** The keys that are needed most; the first of them can be clicked too. */
export function Foot() {
  const [key, wrap] = strings.events.foot.wrap
  return (
    <footer class="foot">
      <button type="button" aria-pressed={isWrapped.value} onClick={toggleWrap}>
        <kbd>{key}</kbd> {wrap}
      </button>
      {strings.events.foot.keys.map(([keys, what]) => (
        <span key={what}>
          {keys.split(' ').map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}{' '}
          {what}
        </span>
      ))}
    </footer>
  )
}
