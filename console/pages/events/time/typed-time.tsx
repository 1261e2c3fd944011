import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../../src/errors/thrown.js'
import { timeStrings as text } from '../../../strings/time.js'

interface TypedTimeProps {
  examples: readonly string[]
  /** Throws the reason why the text cannot be taken. */
  onType(typed: string, now: number): void
  onClose(): void
}

/** Takes a time as it is typed. */
export function TypedTime({ examples, onType, onClose }: TypedTimeProps) {
  const input = useRef<HTMLInputElement>(null)
  const problem = useSignal('')
  useEffect(() => input.current?.focus(), [])
  const show = (typed: string) => {
    try {
      onType(typed, Date.now() * 1000)
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
        {examples.map((example) => (
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
