import { useSignal } from '@preact/signals'
import { formatCount } from '../../../../src/types/figures.js'
import { change } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { call, session } from '../../../hub/api.js'
import { useAnswer } from '../../../hub/asking.js'
import { edgeStrings as text } from '../../../strings/edges.js'
import { visible } from '../../../text/visible.js'
import { noEvent, noPlace } from '../place.js'

interface ScopeProps {
  edges: string | undefined
  onClose(): void
}

const MOST_NAMES = 40

/** Another scope is another list: no place of the old one means anything in it. */
function choose(edges: string | undefined): void {
  change({ edges, ...noPlace, ...noEvent }, 'push')
}

export function ScopeDialog({ edges, onClose }: ScopeProps) {
  const written = useSignal(edges ?? '')
  const wanted = written.value.trim()
  const show = (chosen: string | undefined) => {
    choose(chosen)
    onClose()
  }
  return (
    <Dialog title={text.title} onClose={onClose}>
      <p class="words">{text.explained}</p>
      <form
        class="scope"
        onSubmit={(event) => {
          event.preventDefault()
          if (wanted !== '') show(wanted)
        }}
      >
        <label>
          {text.field}
          <input
            class="field"
            value={written.value}
            placeholder={text.hint}
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget }) => {
              written.value = currentTarget.value
            }}
          />
        </label>
        <p class="choices">
          {edges !== undefined && (
            <button type="button" class="button" onClick={() => show(undefined)}>
              {text.back}
            </button>
          )}
          <button type="submit" class="button" disabled={wanted === ''}>
            {text.show}
          </button>
        </p>
      </form>
      <Attached onChoose={(name) => show(name)} />
    </Dialog>
  )
}

/** The edge hubs that are attached, for those who may see them. */
function Attached({ onChoose }: { onChoose(name: string): void }) {
  const who = session.value
  const may = typeof who === 'object' && who.monitor
  const { value } = useAnswer(String(may), async (signal) =>
    may ? (await call('hub.status', {}, signal)).edges : undefined,
  )
  const names = value.value
    ?.filter(({ state, answers }) => state === 'up' && answers === true)
    .map(({ name }) => name)
  if (names === undefined) return null
  if (names.length === 0) return <p class="quiet">{text.none}</p>
  return (
    <>
      <p class="words">{text.known(formatCount(names.length))}</p>
      <ul class="names">
        {names.slice(0, MOST_NAMES).map((name) => (
          <li key={name}>
            <button type="button" class="button mono" onClick={() => onChoose(name)}>
              {visible(name)}
            </button>
          </li>
        ))}
        {names.length > MOST_NAMES && <li>{text.more(formatCount(names.length - MOST_NAMES))}</li>}
      </ul>
    </>
  )
}
