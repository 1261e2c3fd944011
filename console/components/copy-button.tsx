import { strings } from '../strings.js'
import { copyText } from '../text/copy.js'

interface CopyButtonProps {
  text: string
  label: string
  /** The label of the button. */
  what?: string
}

/** Copies a text, which the page says for a moment. */
export function CopyButton({ text, label, what = strings.events.copy }: CopyButtonProps) {
  return (
    <button type="button" class="button" aria-label={label} onClick={() => copyText(text)}>
      {what}
    </button>
  )
}
