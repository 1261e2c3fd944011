import type { Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { facetStrings as text } from '../../strings/facets.js'

/** The hub is asked at most this often while somebody types, ms. */
const ASK_EVERY_MS = 200

interface FacetSearchProps {
  field: string
  search: Signal<string | undefined>
}

/** Asks for values that contain what is typed. */
export function FacetSearch({ field, search }: FacetSearchProps) {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef(0)
  useEffect(() => {
    input.current?.focus()
    return () => clearTimeout(timer.current)
  }, [])
  const ask = () => {
    timer.current = 0
    search.value = input.current?.value.trim()
  }
  return (
    <input
      class="field mono search"
      ref={input}
      type="search"
      aria-label={text.searchIn(field)}
      placeholder={text.searchHint}
      spellcheck={false}
      onInput={() => {
        timer.current ||= window.setTimeout(ask, ASK_EVERY_MS)
      }}
    />
  )
}
