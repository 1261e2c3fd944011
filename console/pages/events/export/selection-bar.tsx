import { useKeys } from '../../../app/keys.js'
import type { KnownTypes } from '../../../hub/types.js'
import { exportStrings as text } from '../../../strings/export.js'
import { copyText } from '../../../text/copy.js'
import { fullMoment } from '../../../text/full-moment.js'
import { visible } from '../../../text/visible.js'
import type { ListWindow } from '../list-window.js'
import { eventText } from '../row-text.js'
import { formats } from './lines.js'
import { linesOf } from './write-file.js'

interface SelectionBarProps {
  /** Number of rows, which may be others than events. */
  rows: number
  list: ListWindow
  types: KnownTypes
}

/** Copies all events that are selected. */
export function SelectionBar({ rows, list, types }: SelectionBarProps) {
  const copyRows = () => {
    const lines = list.selection.map((event) => {
      const { summary } = eventText(event, types)
      return [fullMoment(event.time), visible(event.source), visible(event.tag), summary].join('  ')
    })
    void copyText(lines.join('\n'))
  }
  useKeys([
    { key: 'y', label: 'copySelected', run: copyRows },
    { key: 'Escape', label: 'unselect', run: () => list.unselect() },
  ])
  return (
    <section class="pill selection" aria-label={text.selection}>
      <span role="status">{text.selected(list.selection.length || rows)}</span>
      <button type="button" class="button primary" onClick={copyRows}>
        {text.copyText}
      </button>
      {formats.map((format) => (
        <button
          key={format}
          type="button"
          class="button"
          onClick={async () => copyText(await linesOf(list.selection, format))}
        >
          {text.copy(text.formats[format])}
        </button>
      ))}
      <button type="button" class="button plain" aria-label={text.unselect} onClick={() => list.unselect()}>
        ✕
      </button>
    </section>
  )
}
