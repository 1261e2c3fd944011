import { visible } from '../../text/visible.js'

type Known = readonly [name: string, value: string]
export type Fact = Known | false | undefined

/** Longer ones have a line for themselves. */
const WIDE = 15

/** Names with their values; those that do not apply are left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  const shown = facts.filter((fact) => fact !== false && fact !== undefined)
  return (
    <dl class="facts">
      {[...shown.filter((fact) => !isWide(fact)), ...shown.filter(isWide)].map((fact) => (
        <div key={fact[0]} data-wide={isWide(fact) || undefined}>
          <dt>{fact[0]}</dt>
          <dd title={visible(fact[1])}>{visible(fact[1])}</dd>
        </div>
      ))}
    </dl>
  )
}

function isWide([, value]: Known): boolean {
  return value.length > WIDE
}
