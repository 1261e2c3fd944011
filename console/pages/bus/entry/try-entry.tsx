import { useSignal } from '@preact/signals'
import { messageOf } from '../../../../src/errors/thrown.js'
import { filterOfRule, PastMatches } from '../../../components/past-matches.js'
import { Quoted } from '../../../components/quoted.js'
import { call } from '../../../hub/api.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { visibleLines } from '../../../text/visible.js'
import { type EntryField, fieldValue, textOf } from './entry-model.js'

/** Counts what the rule would have matched, when asked. */
export function TryRule({
  fields,
  typed,
}: {
  fields: readonly EntryField[]
  typed: ReadonlyMap<string, string>
}) {
  const tried = useSignal<ReturnType<typeof filterOfRule> | undefined>(undefined)
  const current = (name: string) => {
    const field = fields.find((each) => each.name === name)
    return field && fieldValue(field.about, typed.get(name) ?? textOf(field.value))
  }
  const run = () => {
    tried.value = filterOfRule(current('filter'), textOf(current('where')))
  }
  return (
    <>
      <p class="note">
        <button type="button" class="button" onClick={run}>
          {text.past}
        </button>{' '}
        <Quoted text={text.pastHint} />
      </p>
      {tried.value !== undefined && <PastMatches filters={tried.value} />}
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
