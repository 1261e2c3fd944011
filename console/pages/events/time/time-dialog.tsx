import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../../src/errors/thrown.js'
import { change } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { timeStrings as text } from '../../../strings/time.js'
import { isUtc } from '../../../text/moments.js'
import { showUtc } from '../../../text/utc.js'
import { changesFor } from './spans.js'

/** Takes a time as it is typed, and the zone in which times are shown. */
export function TimeDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={text.title} onClose={onClose}>
      <TypedTime onClose={onClose} />
      <label class="check">
        <input
          type="checkbox"
          checked={isUtc.value}
          onChange={({ currentTarget }) => showUtc(currentTarget.checked)}
        />
        {text.utc}
      </label>
    </Dialog>
  )
}

function TypedTime({ onClose }: { onClose(): void }) {
  const input = useRef<HTMLInputElement>(null)
  const problem = useSignal('')
  useEffect(() => input.current?.focus(), [])
  const show = (typed: string) => {
    try {
      change(changesFor(typed, Date.now() * 1000), 'push')
      onClose()
    } catch (error) {
      problem.value = messageOf(error)
    }
  }
  return (
    <form
      class="typed-time"
      onSubmit={(event) => {
        event.preventDefault()
        show(input.current?.value ?? '')
      }}
    >
      <label>
        {text.label}
        <input
          ref={input}
          class="mono"
          placeholder={text.hint}
          spellcheck={false}
          autocomplete="off"
          aria-describedby="time-problem"
          aria-invalid={problem.value !== ''}
        />
      </label>
      <p id="time-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <div class="choices">
        <button type="submit" class="button primary">
          {text.show}
        </button>
        {text.examples.map((example) => (
          <button
            key={example}
            type="button"
            class="button plain mono"
            onClick={() => {
              if (input.current) input.current.value = example
              input.current?.focus()
            }}
          >
            {example}
          </button>
        ))}
      </div>
    </form>
  )
}
