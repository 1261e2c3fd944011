import { useSignal } from '@preact/signals'
import type { ComponentProps } from 'preact'
import { messageOf } from '../../../../src/errors/thrown.js'
import { filterOfRule, PastMatches } from '../../../components/past-matches.js'
import { Quoted } from '../../../components/quoted.js'
import { call } from '../../../hub/api.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { visibleLines } from '../../../text/visible.js'
import { type EntryField, fieldValue, textOf } from './entry-model.js'
import { mapsIn } from './list-model.js'

/** A rule about several conditions has them here. */
const CONDITIONS = 'correlate.conditions'

function isTried({ filter, where }: Partial<Record<'filter' | 'where', unknown>>): boolean {
  return filter !== undefined || where !== undefined
}

/** Counts what the rule would have matched, when asked. */
export function TryRule({
  fields,
  typed,
}: {
  fields: readonly EntryField[]
  typed: ReadonlyMap<string, string>
}) {
  const tried = useSignal<readonly ComponentProps<typeof PastMatches>[]>([])
  const current = (name: string) => {
    const field = fields.find((each) => each.name === name)
    return field && fieldValue(field.about, typed.get(name) ?? textOf(field.value))
  }
  const run = () => {
    const several = mapsIn(textOf(current(CONDITIONS))).map(({ value }) => Object(value))
    const whole = { filter: current('filter'), where: current('where') }
    tried.value = (several.length === 0 ? [whole] : several.filter(isTried)).map(
      ({ name, filter, where }) => ({ condition: name, filters: filterOfRule(filter, textOf(where)) }),
    )
  }
  return (
    <>
      <p class="note">
        <button type="button" class="button" onClick={run}>
          {text.past}
        </button>{' '}
        <Quoted text={text.pastHint} />
      </p>
      {tried.value.map((each) => (
        <PastMatches key={each.condition} {...each} />
      ))}
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
