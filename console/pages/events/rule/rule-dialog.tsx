import { type Signal, useSignal } from '@preact/signals'
import { messageOf } from '../../../../src/errors/thrown.js'
import { formatKey } from '../../../../src/event/json/key-path.js'
import { show, view } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { PastMatches } from '../../../components/past-matches.js'
import { call } from '../../../hub/api.js'
import { useAnswer } from '../../../hub/asking.js'
import { putInCandidate, takenBy } from '../../../hub/candidate.js'
import { ruleStrings as text } from '../../../strings/rule.js'
import { type FilterInput, filterOf, queryIn } from '../query.js'

/** Browsers read patterns of fields with the flag `v`, for which a dash in a class must be escaped. */
const NAME = '[A-Za-z0-9_\\-]{1,48}'

type Way = keyof typeof text.ways

/** Makes a rule with the filter of the view, for the candidate of the configuration. */
export function RuleDialog({ onClose }: { onClose(): void }) {
  const { params } = view.peek()
  const filters = filterOf(queryIn(params))
  const why = params.has('edges') ? text.notEdges : text.needsFilter
  return (
    <Dialog title={text.title} onClose={onClose}>
      {filters === undefined || params.has('edges') ? (
        <p>{why}</p>
      ) : (
        <RuleForm filters={filters} onClose={onClose} />
      )}
    </Dialog>
  )
}

function RuleForm({ filters, onClose }: { filters: FilterInput; onClose(): void }) {
  const [name, tag, sink, once, problem] = [useText(), useText(), useText(), useText(), useText()]
  const way = useSignal<Way>('fire')
  const isBusy = useSignal(false)
  const usualTag = `alert/${name.value || 'name'}`
  /** The name of a rule in the candidate that the next click replaces. */
  const known = useSignal('')
  const add = async () => {
    const value = {
      filter: filters,
      ...(way.value === 'fire' ? { fire: { tag: tag.value.trim() || usualTag } } : { sink: sink.value }),
      ...(once.value.trim() !== '' && { onceWithin: once.value.trim() }),
    }
    const key = formatKey(['rules', name.value])
    const { by, revision } = await takenBy(key)
    if (by === 'running') throw new Error(text.taken(name.value))
    if (by === 'candidate' && known.value !== name.value) {
      known.value = name.value
      throw new Error(text.inCandidate(name.value))
    }
    await putInCandidate({ key, value, revision })
    onClose()
    show('bus', { tab: 'configuration' })
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (isBusy.value) return
    problem.value = ''
    isBusy.value = true
    await add().catch((error) => {
      problem.value = messageOf(error)
    })
    isBusy.value = false
  }
  return (
    <form class="publish" onSubmit={submit}>
      <p class="words">{text.what}</p>
      <Field label={text.name} value={name} hint={text.nameHint} pattern={NAME} />
      <label>
        {text.does}
        <select
          class="button"
          value={way.value}
          onChange={({ currentTarget }) => {
            way.value = currentTarget.value === 'sink' ? 'sink' : 'fire'
          }}
        >
          {Object.entries(text.ways).map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {way.value === 'fire' ? (
        <Field label={text.tag} value={tag} hint={usualTag} />
      ) : (
        <Sinks chosen={sink} />
      )}
      <Field label={text.once} value={once} hint={text.onceHint} />
      <PastMatches filters={filters} />
      <p class="note">{text.next}</p>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <div class="choices">
        <button
          type="submit"
          class="button primary"
          disabled={name.value === '' || (way.value === 'sink' && sink.value === '')}
          aria-disabled={isBusy.value}
        >
          {known.value !== '' && known.value === name.value ? text.replace : text.add}
        </button>
      </div>
    </form>
  )
}

function useText(): Signal<string> {
  return useSignal('')
}

interface FieldProps {
  label: string
  value: Signal<string>
  hint: string
  pattern?: string
}

function Field({ label, value, hint, pattern }: FieldProps) {
  return (
    <label>
      {label}
      <input
        class="field mono"
        value={value.value}
        placeholder={hint}
        pattern={pattern}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => {
          value.value = currentTarget.value
        }}
      />
    </label>
  )
}

function Sinks({ chosen }: { chosen: Signal<string> }) {
  const { value } = useAnswer('', (signal) => call('sinks.list', {}, signal))
  // The sink of a job serves its rule alone.
  const sinks = value.value?.sinks.filter(({ type }) => type !== 'job') ?? []
  const names = sinks.map(({ name }) => name)
  if (value.value !== undefined && names.length === 0) return <p class="note">{text.noSinks}</p>
  return (
    <label>
      {text.sink}
      <select
        class="button"
        value={chosen.value}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value
        }}
      >
        {['', ...names].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
