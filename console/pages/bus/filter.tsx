import { visible } from '../../text/visible.js'
import { filterText } from './filter-text.js'

/** A filter as people write it; whole and in JSON on hover. */
export function Filter({ text }: { text: string }) {
  return (
    <span class="mono" title={visible(text)}>
      {visible(filterText(text))}
    </span>
  )
}
