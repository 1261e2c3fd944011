import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../src/errors/thrown.js'
import { setting } from '../../app/setting.js'
import { lazily } from '../../components/lazily.js'
import { call } from '../../hub/api.js'
import { strings } from '../../strings.js'
import { visible } from '../../text/visible.js'
import type { Completion } from './completion.js'
import { type Choice, conditionsOf, filterOf, formatText, parseText, type Query } from './query.js'
import type { Range } from './range.js'

interface FilterBarProps {
  query: Query
  /** The range of the same view elsewhere. */
  range: Range
  input: { current: HTMLInputElement | null }
  onQuery(query: Query): void
  onChoose(choice: Choice): void
}

const ExplainDialog = lazily(() => import('./explain.js').then(({ ExplainDialog }) => ExplainDialog))
const ShareDialog = lazily(() => import('./share.js').then(({ ShareDialog }) => ShareDialog))
const text = strings.events

/** The filter as on the command line, what was chosen beside it, and the same view elsewhere. */
export function FilterBar({ query, range, input, onQuery, onChoose }: FilterBarProps) {
  const failure = useSignal('')
  const sharing = useSignal(false)
  const explained = useSignal<{ query: Query; meaning: string } | undefined>(undefined)
  const found = useSignal<Completion | undefined>(undefined)
  const chosen = useSignal(0)
  const typed = formatText(query)
  const asking = useRef(0)
  /** Characters for which the suggestions are. */
  const length = useRef(0)
  useEffect(() => {
    if (input.current !== null) input.current.value = typed
  }, [typed])

  const explain = async (next: Query) => {
    try {
      const { text } = await call('filters.explain', { filters: filterOf(next) as never })
      failure.value = ''
      return text
    } catch (error) {
      const code = await import('./filter-fault.js').catch(() => undefined)
      failure.value = code?.describe(error) ?? messageOf(error)
      code?.pointAt(error, input.current)
      return undefined
    }
  }
  const submit = async () => {
    hide()
    const next = { ...query, ...parseText(input.current!.value) }
    if ((await explain(next)) !== undefined) onQuery(next)
  }
  const suggest = async () => {
    const { value, selectionStart } = input.current!
    const turn = ++asking.current
    const completion = await import('./completion.js')
      .then(({ completeSoon }) => completeSoon(value, selectionStart ?? value.length))
      .catch(() => undefined)
    if (turn !== asking.current) return
    chosen.value = -1
    length.current = value.length
    found.value = completion?.items.length === 0 ? undefined : completion
  }
  /** An answer that is still on its way shows nothing either. */
  const hide = () => {
    asking.current++
    found.value = undefined
  }
  const take = (index: number) => {
    const { start, end, items } = found.value!
    const { value } = input.current!
    // Text that was typed since then belongs to the word.
    const typed = value.length - length.current
    input.current!.setRangeText(items[index].text, start, Math.max(start, end + typed), 'end')
    hide()
    if (items[index].goesOn || value === '') void suggest()
  }
  const onKey = (event: KeyboardEvent) => {
    const items = found.value?.items ?? []
    if (event.isComposing) return
    if (event.key === 'Enter') {
      event.preventDefault()
      if (chosen.value >= 0 && items.length > 0) take(chosen.value)
      else void submit()
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      if (items.length > 0) hide()
      else input.current!.blur()
    } else if (event.key === 'Tab' && items.length > 0) {
      event.preventDefault()
      take(Math.max(0, chosen.value))
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (items.length === 0) return
      event.preventDefault()
      const by = event.key === 'ArrowDown' ? 1 : -1
      chosen.value = (chosen.value + by + items.length) % items.length
    }
  }
  return (
    <div class="filter-bar">
      <div class="typed">
        <input
          class="field mono"
          ref={input}
          role="combobox"
          aria-label={text.filterLabel}
          aria-expanded={found.value !== undefined}
          aria-controls="completions"
          aria-autocomplete="list"
          aria-activedescendant={
            found.value === undefined || chosen.value < 0 ? undefined : `completion-${chosen.value}`
          }
          aria-invalid={failure.value !== ''}
          aria-describedby="filter-problem"
          placeholder={text.filterHint}
          spellcheck={false}
          autocomplete="off"
          onInput={suggest}
          onFocus={suggest}
          onBlur={hide}
          onKeyDown={onKey}
        />
        <div
          id="completions"
          role="listbox"
          aria-label={text.filterLabel}
          class="completions"
          data-empty={found.value === undefined ? '' : undefined}
        >
          {found.value?.items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
            <div
              key={item.text}
              id={`completion-${index}`}
              role="option"
              aria-selected={index === chosen.value}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(index)}
            >
              <span class="mono">{visible(item.text)}</span>
              <span>{item.note}</span>
            </div>
          ))}
        </div>
        <p id="filter-problem" class="problem" role="status">
          {failure.value}
        </p>
      </div>
      <Chips choices={query.choices} onChoose={onChoose} />
      <button
        type="button"
        class="button"
        onClick={async () => {
          const next = { ...query, ...parseText(input.current!.value) }
          const meaning = await explain(next)
          explained.value = meaning === undefined ? undefined : { query: next, meaning }
        }}
      >
        {text.explain}
      </button>
      <button type="button" class="button" onClick={setting(sharing, true)}>
        {text.share}
      </button>
      {explained.value && <ExplainDialog {...explained.value} onClose={setting(explained, undefined)} />}
      {sharing.value && <ShareDialog query={query} range={range} onClose={setting(sharing, false)} />}
    </div>
  )
}

function Chips({ choices, onChoose }: { choices: readonly Choice[]; onChoose(choice: Choice): void }) {
  return (
    <ul class="chips">
      {choices.map((choice) => {
        const [condition] = conditionsOf([choice])
        const name = visible(`${choice.field} ${choice.not ? '≠' : '='} ${choice.value}`)
        return (
          <li key={condition} title={condition}>
            <span class="mono">{name}</span>
            <button type="button" aria-label={text.remove(name)} onClick={() => onChoose(choice)}>
              ×
            </button>
          </li>
        )
      })}
    </ul>
  )
}
