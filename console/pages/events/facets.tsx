import { type Signal, useSignal } from '@preact/signals'
import type { FieldValue } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { setting } from '../../app/setting.js'
import { call } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import { strings } from '../../strings.js'
import { visible } from '../../text/visible.js'
import { type Choice, filterOf, type Query } from './query.js'
import type { Range } from './range.js'

interface FacetsProps {
  query: Query
  range: Range
  every: number | undefined
  /** Fields besides the usual ones. */
  fields: readonly string[]
  onChoose(choice: Choice): void
  onFields(fields: readonly string[]): void
  /** Where there is little room, they are above the list, and only when they are asked for. */
  isOpen: Signal<boolean>
}

const USUAL = ['tag', 'type', 'source']
const VALUES = 10
const text = strings.events.facets

/** The most frequent values of fields. Those of a field are counted without the choices made in it. */
export function Facets({ fields, onFields, isOpen, ...rest }: FacetsProps) {
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem('field') as HTMLInputElement
    const field = input.value.trim()
    input.value = ''
    if (field !== '' && !fields.includes(field)) onFields([...fields, field])
  }
  return (
    <aside class="facets" aria-label={text.title} data-open={isOpen.value ? '' : undefined}>
      <button type="button" class="button narrow" onClick={setting(isOpen, false)}>
        {strings.close}
      </button>
      {[...USUAL, ...fields].map((field) => (
        <Facet
          key={field}
          field={field}
          {...rest}
          onRemove={
            fields.includes(field) ? () => onFields(fields.filter((each) => each !== field)) : undefined
          }
        />
      ))}
      <form onSubmit={add}>
        <input class="field mono" name="field" aria-label={text.add} placeholder={text.addHint} />
        <button type="submit" class="button" aria-label={text.add}>
          +
        </button>
      </form>
    </aside>
  )
}

type FacetProps = Omit<FacetsProps, 'fields' | 'onFields' | 'isOpen'> & {
  field: string
  onRemove: (() => void) | undefined
}

function Facet({ field, query, range, every, onChoose, onRemove }: FacetProps) {
  const filters = filterOf(query, field)
  const { value, failure } = useAnswer(
    JSON.stringify([filters, range, field]),
    (signal) => call('events.facets', { filters: filters as never, ...range, field, limit: VALUES }, signal),
    every,
  )
  const found = value.value
  const most = found?.values[0]?.count ?? 1
  return (
    <section data-stale={failure.value === undefined ? undefined : ''}>
      <h2 class="heading">
        {field}
        {found?.exact === false && <small> {text.notExact}</small>}
        {onRemove !== undefined && (
          <button type="button" class="remove" aria-label={strings.events.remove(field)} onClick={onRemove}>
            ×
          </button>
        )}
      </h2>
      {failure.value !== undefined && found === undefined && <p class="problem">{failure.value.message}</p>}
      <ul>
        {found?.values.map(({ value, count }) => (
          <li key={JSON.stringify(value)}>
            <Value {...{ field, value, count, most, query, onChoose }} />
            {field === 'tag' && <Below prefix={`${value}/`} {...{ query, onChoose, most }} />}
          </li>
        ))}
      </ul>
      {found !== undefined && found.other > 0 && <p class="others">{text.more(found.other)}</p>}
    </section>
  )
}

interface ValueProps {
  field: string
  value: FieldValue
  /** What is shown instead of the value. */
  label?: string
  count: number
  most: number
  query: Query
  onChoose(choice: Choice): void
}

function Value({ field, value, label = String(value), count, most, query, onChoose }: ValueProps) {
  const choice = query.choices.find((each) => each.field === field && each.value === value)
  const state = choice === undefined ? '' : choice.not ? 'out' : 'in'
  return (
    <button
      type="button"
      class="value"
      data-state={state}
      aria-pressed={choice !== undefined}
      title={`${visible(String(value))}\n${text.hint}`}
      onClick={({ altKey }) => onChoose({ field, value, not: altKey })}
    >
      <span class="bar" style={{ width: `${Math.max(1, (count / most) * 100)}%` }} />
      <span class="name mono">
        {state === 'out' ? '− ' : ''}
        {visible(label)}
      </span>
      <span class="count">{formatCount(count)}</span>
    </button>
  )
}

type BelowProps = Pick<ValueProps, 'query' | 'onChoose' | 'most'> & { prefix: string }

/** The next segments of tags, when they are asked for. */
function Below({ prefix, ...rest }: BelowProps) {
  const open = useSignal(false)
  return (
    <>
      <button
        type="button"
        class="unfold"
        aria-expanded={open.value}
        aria-label={text.unfold(visible(prefix))}
        onClick={() => {
          open.value = !open.value
        }}
      >
        {open.value ? '▾' : '▸'}
      </button>
      {open.value && <Branches prefix={prefix} {...rest} />}
    </>
  )
}

function Branches({ prefix, ...rest }: BelowProps) {
  const { value } = useAnswer(prefix, (signal) => call('tags.complete', { prefix, limit: 20 }, signal))
  return (
    <ul class="branches">
      {value.value?.tags.map(({ text, count, complete }) => {
        const tag = complete ? text : text.replace(/\/$/, '')
        return (
          <li key={text}>
            <Value field="tag" value={tag} label={text.slice(prefix.length)} count={count} {...rest} />
            {!complete && <Below prefix={text} {...rest} />}
          </li>
        )
      })}
    </ul>
  )
}
