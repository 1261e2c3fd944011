import { strings } from '../../strings.js'

/** The keys that are needed most. */
export function Foot() {
  return (
    <footer class="foot">
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
