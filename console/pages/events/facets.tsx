import { type Signal, useSignal } from '@preact/signals'
import type { Facets as FacetsOf, FieldValue } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { setting } from '../../app/setting.js'
import { useAnswer } from '../../hub/asking.js'
import { counted } from '../../hub/counting.js'
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
const BELOW = 20
/** The factor by which the list of values grows, each time that more are wanted. */
const MORE = 4
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
  /** Only tags that begin with this. */
  under?: string
  /** Number of events that has the longest bar. */
  most?: number
  onRemove?: (() => void) | undefined
}

function Facet({ field, under, most, onRemove, ...rest }: FacetProps) {
  const { query, range, every, onChoose } = rest
  const limit = useSignal(under === undefined ? VALUES : BELOW)
  const params = {
    filters: filterOf(query, field) as never,
    ...range,
    field,
    under,
    limit: limit.value,
  }
  const { value, failure, isStale } = useAnswer<FacetsOf>(
    JSON.stringify(params),
    (signal, soFar) => counted('events.facets', params, signal, soFar),
    every,
  )
  const found = value.value
  const longest = most ?? found?.values[0]?.count ?? 1
  const notExact =
    (isStale.value || found?.exact === false) &&
    (found?.more === undefined && !isStale.value ? text.notExact : text.counting)
  return (
    <section class={under && 'branches'} data-stale={isStale.value ? '' : undefined}>
      {under === undefined ? (
        <h2 class="heading">
          {field}
          {notExact && <small> {notExact}</small>}
          {onRemove !== undefined && (
            <button type="button" class="remove" aria-label={strings.events.remove(field)} onClick={onRemove}>
              ×
            </button>
          )}
        </h2>
      ) : (
        notExact && <p class="others">{notExact}</p>
      )}
      {failure.value !== undefined && found === undefined && <p class="problem">{failure.value.message}</p>}
      <ul>
        {found?.values.map(({ value, count, atLeast, more }) => (
          <li key={JSON.stringify(value)}>
            <Value
              {...{ field, value, count, atLeast, query, onChoose }}
              label={String(value).slice(under?.length)}
              most={longest}
            />
            <button
              type="button"
              class="unfold exclude"
              // Keys have their own way at the value, which would otherwise be two stops.
              tabIndex={-1}
              aria-label={text.exclude(visible(String(value)))}
              onClick={() => onChoose({ field, value, not: true })}
            >
              −
            </button>
            {more && <Below {...rest} field={field} under={`${value}/`} most={longest} />}
          </li>
        ))}
      </ul>
      {found?.other !== undefined && found.other > 0 && (
        <button type="button" class="button plain others" onClick={setting(limit, limit.value * MORE)}>
          {text.more(found.other)}
        </button>
      )}
    </section>
  )
}

interface ValueProps {
  field: string
  value: FieldValue
  /** The text for the value. */
  label: string
  count: number
  atLeast?: true | undefined
  most: number
  query: Query
  onChoose(choice: Choice): void
}

function Value({ field, value, label, count, atLeast, most, query, onChoose }: ValueProps) {
  const choice = query.choices.find((each) => each.field === field && each.value === value)
  const state = choice === undefined ? '' : choice.not ? 'out' : 'in'
  const take = ({ altKey }: { altKey: boolean }) => onChoose({ field, value, not: altKey })
  return (
    <button
      type="button"
      class="value"
      data-state={state}
      aria-pressed={choice !== undefined}
      title={`${visible(String(value))}\n${text.hint}`}
      onClick={take}
      onKeyDown={(event) => {
        const isExcluding = event.key === '-' || (event.key === 'Enter' && event.altKey)
        if (!isExcluding) return
        // So that no click follows.
        event.preventDefault()
        take({ altKey: true })
      }}
    >
      <span class="bar" style={{ width: `${Math.max(1, (count / most) * 100)}%` }} />
      <span class="name mono">
        {state === 'out' ? '− ' : ''}
        {visible(label)}
      </span>
      <span class="count">
        {atLeast && '≥ '}
        {formatCount(count)}
      </span>
    </button>
  )
}

/** The next segments of tags, when they are asked for. */
function Below(props: FacetProps & { under: string }) {
  const open = useSignal(false)
  return (
    <>
      <button
        type="button"
        class="unfold"
        aria-expanded={open.value}
        aria-label={text.unfold(visible(props.under))}
        onClick={() => {
          open.value = !open.value
        }}
      >
        {open.value ? '▾' : '▸'}
      </button>
      {open.value && <Facet {...props} />}
    </>
  )
}
