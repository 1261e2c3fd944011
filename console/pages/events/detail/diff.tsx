import { useSignal } from '@preact/signals'
import type { Event } from 'tocsin/browser'
import { type Change, differences } from '../../../../src/event/differences.js'
import { jsonView } from '../../../../src/event/json/view.js'
import { formatSpan } from '../../../../src/types/figures.js'
import { CopyButton } from '../../../components/copy-button.js'
import { useAnswer } from '../../../hub/asking.js'
import type { KnownTypes } from '../../../hub/types.js'
import { detailStrings } from '../../../strings/detail.js'
import { strings } from '../../../strings.js'
import { visible, visibleLines } from '../../../text/visible.js'
import { previousOf } from './previous.js'

interface DiffProps {
  event: Event
  types: KnownTypes
  onOpen(event: Event): void
}

const PAGE = 200
/** Characters of a value that are shown. */
const MAX_VALUE = 2000
const signs = { added: '+', removed: '−', changed: '~' } as const
const text = detailStrings

/** Shows the differences from the last event of its kind. */
export function Diff({ event, types, onOpen }: DiffProps) {
  const { value, failure } = useAnswer(String(event.seq), async (signal) => ({
    of: event.seq,
    previous: await previousOf(event, types, signal),
  }))
  if (failure.value !== undefined) return <p class="problem">{strings.failed(failure.value.message)}</p>
  if (value.value?.of !== event.seq) return <p class="looked">{text.looking}</p>
  const { previous } = value.value
  if (previous === undefined) return <p class="looked">{text.noPrevious}</p>
  return <Changes key={event.seq} event={event} previous={previous} onOpen={onOpen} />
}

type ChangesProps = Pick<DiffProps, 'event' | 'onOpen'> & { previous: Event }

function Changes({ event, previous, onOpen }: ChangesProps) {
  const shown = useSignal(PAGE)
  const changes = differences(previous.data, event.data)
  const command = `tocsin diff @${event.seq} --with @${previous.seq}`
  return (
    <>
      <div class="diff-head">
        <button type="button" class="button" onClick={() => onOpen(previous)}>
          @{previous.seq}
        </button>
        <span>{text.sinceThat(formatSpan(event.time - previous.time))}</span>
        <CopyButton text={command} label={text.copyDiff} what={text.copyDiff} />
      </div>
      <p class="looked">{changes.length === 0 ? text.same : text.changes(changes.length)}</p>
      <dl class="diff">
        {changes.slice(0, shown.value).map((change) => (
          <ChangeRow key={change.path.join('\n')} change={change} />
        ))}
      </dl>
      {changes.length > shown.value && (
        <button
          type="button"
          class="button"
          onClick={() => {
            shown.value += 10 * PAGE
          }}
        >
          {text.moreChanges(changes.length - shown.value)}
        </button>
      )}
    </>
  )
}

function ChangeRow({ change }: { change: Change }) {
  return (
    <div data-kind={change.kind}>
      <dt>
        <span aria-hidden="true">{signs[change.kind]}</span>
        <span class="hidden-text">{text[change.kind]}</span> {visible(change.path.join('.')) || 'data'}
      </dt>
      {'before' in change && (
        <dd class="old">
          <del>{show(change.before)}</del>
        </dd>
      )}
      {'after' in change && (
        <dd class="new">
          <ins>{show(change.after)}</ins>
        </dd>
      )}
    </div>
  )
}

function show(value: unknown): string {
  const view = jsonView(value)
  const words =
    typeof view === 'object' && view !== null ? JSON.stringify(view, null, 2) : JSON.stringify(view)
  return visibleLines(words.length > MAX_VALUE ? `${words.slice(0, MAX_VALUE)}…` : words)
}
