import { change, view } from '../../app/router.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'

const text = busStrings.hubs

/** The hub of the cluster that alone is shown; undefined: all, and of what each hub has itself, that of the one that is asked. */
export function chosenHub(): string | undefined {
  return view.value.params.get('hub') ?? undefined
}

/** For methods that another hub can run. */
export function ofChosenHub(): { hub?: string } {
  const hub = chosenHub()
  return hub === undefined ? {} : { hub }
}

/** Chooses one hub of the cluster, or all. */
export function HubChoice() {
  const { value } = useMethod('cluster.status', {}, { right: 'monitor' })
  const chosen = chosenHub()
  const known = value.value?.nodes.map(({ name }) => name) ?? []
  const names = chosen === undefined || known.includes(chosen) ? known : [...known, chosen]
  return (
    <select
      class="field"
      aria-label={text.choice}
      value={chosen ?? ''}
      onChange={({ currentTarget }) => change({ hub: currentTarget.value || undefined }, 'push')}
    >
      <option value="">{text.all}</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}
