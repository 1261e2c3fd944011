import { useSignal } from '@preact/signals'
import { change } from '../../../app/router.js'
import { setting } from '../../../app/setting.js'
import { lazily } from '../../../components/lazily.js'
import { strings } from '../../../strings.js'

const CompareDialog = lazily(() => import('../time/parts.js').then(({ CompareDialog }) => CompareDialog))
const text = strings.events.compare

/** Chooses the time with which the counts are compared. */
export function CompareWith({ comparison }: { comparison: string | undefined }) {
  const asks = useSignal(false)
  const isTyped = comparison !== undefined && !(comparison in text.times)
  const shown = isTyped ? 'typed' : (comparison ?? '')
  return (
    <>
      <select
        aria-label={text.label}
        value={shown}
        onChange={({ currentTarget }) => {
          const { value } = currentTarget
          currentTarget.value = shown
          if (value === 'typed') asks.value = true
          else change({ compare: value || undefined }, 'push')
        }}
      >
        <option value="">{text.none}</option>
        {Object.entries(text.times).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
        <option value="typed">{text.other}</option>
      </select>
      {asks.value && <CompareDialog onClose={setting(asks, false)} />}
    </>
  )
}
