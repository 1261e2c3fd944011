import { useSignal } from '@preact/signals'
import { messageOf } from '../../../../src/errors/thrown.js'
import { asFields } from '../../../../src/event/json/object.js'
import { filterOfRule, PastMatches } from '../../../components/past-matches.js'
import { Quoted } from '../../../components/quoted.js'
import { call } from '../../../hub/api.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { visible, visibleLines } from '../../../text/visible.js'
import { type EntryField, fieldValue, textOf } from './entry-model.js'
import { type ListedMap, mapsIn } from './list-model.js'

/** A rule about several conditions has them here. */
const CONDITIONS = 'correlate.conditions'

/** A condition of a rule, or all of a rule that has none. */
interface Tried {
  readonly id: number
  readonly condition?: string
  /** Undefined if there is nothing to try. */
  readonly filters?: ReturnType<typeof filterOfRule>
}

function triedCondition({ id, value }: ListedMap): Tried {
  const { name, filter, where } = asFields(value)
  const condition = textOf(name) || String(id + 1)
  const isTried = filter !== undefined || where !== undefined
  return { id, condition, filters: isTried ? filterOfRule(filter, textOf(where)) : undefined }
}

/** Counts what the rule would have matched, when asked. */
export function TryRule({
  fields,
  typed,
}: {
  fields: readonly EntryField[]
  typed: ReadonlyMap<string, string>
}) {
  const tried = useSignal<readonly Tried[]>([])
  const current = (name: string) => {
    const field = fields.find((each) => each.name === name)
    return field && fieldValue(field.about, typed.get(name) ?? textOf(field.value))
  }
  const run = () => {
    const conditions = mapsIn(textOf(current(CONDITIONS))).map(triedCondition)
    const whole = { id: 0, filters: filterOfRule(current('filter'), textOf(current('where'))) }
    tried.value = conditions.length === 0 ? [whole] : conditions
  }
  return (
    <>
      <p class="note">
        <button type="button" class="button" onClick={run}>
          {text.past}
        </button>{' '}
        <Quoted text={text.pastHint} />
      </p>
      {tried.value.map(({ id, condition, filters }) =>
        filters === undefined ? (
          <p key={id}>
            <Quoted text={text.notTried(visible(condition ?? ''))} />
          </p>
        ) : (
          <PastMatches key={id} filters={filters} condition={condition} />
        ),
      )}
    </>
  )
}

/** Shows what a sink that is in force would send, with its secrets masked. */
export function Preview({ name }: { name: string }) {
  const shown = useSignal('')
  const run = async () => {
    try {
      const { request } = await call('sinks.test', { name, dryRun: true })
      const headers = Object.entries(request?.headers ?? {}).map(([key, value]) => `${key}: ${value}`)
      shown.value = [`POST ${request?.url ?? ''}`, ...headers, '', request?.body ?? ''].join('\n')
    } catch (error) {
      shown.value = messageOf(error)
    }
  }
  return (
    <>
      <button type="button" class="button" onClick={run}>
        {text.preview}
      </button>
      {shown.value !== '' && <pre class="preview mono">{visibleLines(shown.value)}</pre>}
    </>
  )
}
