import type { Signal } from '@preact/signals'

/** A field that chooses among the rows below it. */
export function Search({ label, value }: { label: string; value: Signal<string> }) {
  return (
    <input
      class="field"
      type="search"
      aria-label={label}
      placeholder={label}
      value={value.value}
      onInput={({ currentTarget }) => {
        value.value = currentTarget.value
      }}
    />
  )
}
