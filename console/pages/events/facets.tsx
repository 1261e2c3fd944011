import { type Signal, useSignal } from '@preact/signals'
import type { FieldValue } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { setting } from '../../app/setting.js'
import { AtLeast } from '../../components/at-least.js'
import { lazily } from '../../components/lazily.js'
import { ApiError } from '../../hub/api.js'
import { strings } from '../../strings.js'
import { visible } from '../../text/visible.js'
import { columns, mayBeColumn, toggleColumn } from './columns/columns.js'
import type { Found } from './compare/differences.js'
import { type CountsInUse, useValues } from './counts/use-counts.js'
import { rankOf } from './levels.js'
import { type Choice, containing, filterOf, type Query } from './query.js'

interface FacetsProps {
  query: Query
  counts: CountsInUse
  /** True if another time is compared: the values that differ most come first. */
  isCompared: boolean
  /** Fields besides the usual ones. */
  fields: readonly string[]
  onChoose(choice: Choice): void
  onFields(fields: readonly string[]): void
  /** Where there is little room, they are above the list, and only when they are asked for. */
  isOpen: Signal<boolean>
}

const USUAL = ['severity', 'host', 'tag', 'type', 'source']
const VALUES = 10
/** With those that are not shown, so that each is found in the other time too. */
const COMPARED = 200
const BELOW = 20
/** The factor by which the list of values grows, each time that more are wanted. */
const MORE = 4
const Search = lazily(() => import('./facet-search.js').then(({ FacetSearch }) => FacetSearch))
const Differing = lazily(() => import('./compare/parts.js').then(({ Differing }) => Differing))
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
  const { query, counts, isCompared, onChoose } = rest
  const limit = useSignal(under === undefined ? VALUES : BELOW)
  /** A part of the values that are wanted; undefined without a search. */
  const search = useSignal<string | undefined>(undefined)
  const { isStale, ...answer } = useValues(counts, {
    filters: containing(field, search.value, filterOf(query, field)) as never,
    field,
    under,
    limit: isCompared ? COMPARED : limit.value,
  })
  const failure = answer.found instanceof ApiError ? answer.found : undefined
  const found = answer.found instanceof ApiError ? undefined : answer.found
  const other = answer.other instanceof ApiError ? undefined : answer.other
  const longest = most ?? Math.max(1, ...(found?.values.map(({ count }) => count) ?? []))
  const isCounting = isStale ? counts.answer.failure.value === undefined : found?.more !== undefined
  const notExact = isCounting ? text.counting : found?.exact === false && text.notExact
  const row = ({ value, count, atLeast, more }: Found, change?: string) => (
    <li key={JSON.stringify(value)}>
      <Value
        {...{ field, value, count, atLeast, query, onChoose, change }}
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
  )
  return (
    <section class={under && 'branches'} data-stale={isStale ? '' : undefined}>
      {under === undefined ? (
        <h2 class="heading">
          {field}
          {notExact && <small> {notExact}</small>}
          <button
            type="button"
            class="remove"
            aria-label={text.search(field)}
            aria-expanded={search.value !== undefined}
            onClick={setting(search, search.value === undefined ? '' : undefined)}
          >
            ⌕
          </button>
          {mayBeColumn(field) && (
            <button
              type="button"
              class="remove"
              aria-label={text.column(field)}
              aria-pressed={columns.value.includes(field)}
              onClick={() => toggleColumn(field)}
            >
              ▥
            </button>
          )}
          {onRemove !== undefined && (
            <button type="button" class="remove" aria-label={strings.events.remove(field)} onClick={onRemove}>
              ×
            </button>
          )}
        </h2>
      ) : (
        notExact && <p class="others">{notExact}</p>
      )}
      {search.value !== undefined && <Search field={field} search={search} />}
      {failure && <p class="problem">{failure.message}</p>}
      {answer.found === undefined && <p class="others">{text.counting}</p>}
      {found?.values.length === 0 && !found.more && !isStale && (
        <p class="others">
          {text.none} {counts.inTime}
        </p>
      )}
      <ul>
        {found && other && !found.more ? (
          <Differing {...{ found, other, row }} limit={COMPARED} most={limit.value} />
        ) : (
          inOrder(field, found?.values ?? []).map((each) => row(each))
        )}
      </ul>
      {found?.other !== undefined && found.other > 0 && !isCompared && (
        <button type="button" class="button plain others" onClick={setting(limit, limit.value * MORE)}>
          {!found.exact && <AtLeast />}
          {text.more(found.other)}
        </button>
      )}
    </section>
  )
}

function inOrder(field: string, values: readonly Found[]): readonly Found[] {
  return field === 'severity' ? values.toSorted((a, b) => rankOf(a.value) - rankOf(b.value)) : values
}

interface ValueProps {
  field: string
  value: FieldValue
  /** The text for the value. */
  label: string
  count: number
  atLeast?: true | undefined
  most: number
  /** The difference from the time that is compared. */
  change: string | undefined
  query: Query
  onChoose(choice: Choice): void
}

function Value({ field, value, label, count, atLeast, most, change, query, onChoose }: ValueProps) {
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
        {field === 'severity' && <i class={`is-${value}`} />}
        {state === 'out' ? '− ' : ''}
        {visible(label)}
      </span>
      <span class="count">
        {atLeast && <AtLeast />}
        {formatCount(count)}
      </span>
      {change && <span class="change">{change}</span>}
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
