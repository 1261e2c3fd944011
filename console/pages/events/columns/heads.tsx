import { columnStrings as text } from '../../../strings/columns.js'
import { visible } from '../../../text/visible.js'
import { toggleColumn } from './columns.js'

/** The names of the columns that the reader has chosen, which are taken away there. */
export function ColumnHeads({ fields }: { fields: readonly string[] }) {
  return (
    <ul class="row heads" aria-label={text.title}>
      {fields.map((field) => (
        <li key={field}>
          <span title={field}>{visible(field)}</span>
          <button type="button" aria-label={text.remove(visible(field))} onClick={() => toggleColumn(field)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}
