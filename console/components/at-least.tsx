import { strings } from '../strings.js'

/** Stands before a number that is not counted to its end, also for those who listen. */
export function AtLeast() {
  return (
    <span role="img" aria-label={strings.atLeast}>
      ≥{' '}
    </span>
  )
}
