import { strings } from '../../strings.js'

const text = strings.events.detail

interface MissingProps {
  cursor: string
  problem: string
  onClose(): void
}

/** In place of an event that cannot be shown: why. */
export function Missing({ cursor, problem, onClose }: MissingProps) {
  return (
    <section class="detail" aria-label={text.region(cursor)}>
      <header>
        <h2 class="mono">{cursor}</h2>
        <button type="button" class="button plain" aria-label={text.close} onClick={onClose}>
          ✕
        </button>
      </header>
      <p class="problem">{problem}</p>
    </section>
  )
}
