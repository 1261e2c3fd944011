import { useSignal } from '@preact/signals'
import type { Event } from 'tocsin/browser'
import { jsonView } from '../../../../src/event/json/view.js'
import { formatCount, formatSpan } from '../../../../src/types/figures.js'
import { countStates, type StateResult, stateResults } from '../../../../src/types/state-return.js'
import { detailStrings } from '../../../strings/detail.js'
import { visible, visibleLines } from '../../../text/visible.js'
import type { FilterInput } from '../query.js'
import { LookedAt } from './event-lines.js'
import { type Answer, type JobTimes, jidOf, jobTimes } from './job-model.js'
import { useNeighbours } from './neighbours.js'
import type { SpecialFinder, SpecialProps } from './special-view.js'
import { type TimeRow, TimeRows } from './time-rows.js'

const ROOM = { earlier: 500, later: 2000 }
const SHORT = 60
const PAGE = 50
const text = detailStrings.job

/** Events of a job of Salt. */
export const jobView: SpecialFinder = ({ tag }, type) => {
  const jid = type.startsWith('salt.job.') ? jidOf(tag) : undefined
  return jid === undefined ? undefined : { label: text.title, about: jid, View: JobView }
}

/** Shows the returns of the minions over time, and of one return the states that have changed or failed. */
function JobView({ about: jid, event, onOpen }: SpecialProps) {
  const filters = { prefix: { tag: `salt/job/${jid}/` } } as FilterInput
  const found = useNeighbours(jid, event, filters, ROOM)
  return (
    <>
      <Return key={event.seq} event={event} />
      <Line key={jid} job={jobTimes(found.events.value)} current={event.seq} onOpen={onOpen} />
      <LookedAt found={found} limit={ROOM.later} />
    </>
  )
}

function Line({ job, current, onOpen }: { job: JobTimes; current: number; onOpen(event: Event): void }) {
  const answered = job.answers.filter(({ at }) => at !== undefined).length
  return (
    <section>
      <h3 class="sum">
        {visible(job.fun)} <span>{text.answered(answered, job.expected)}</span>
      </h3>
      <TimeRows
        label={text.title}
        rows={job.answers.map((answer) => rowOf(answer, job.started))}
        short={SHORT}
        current={current}
        onOpen={onOpen}
      />
    </section>
  )
}

function rowOf({ id, at, failed, steps, event }: Answer, started: number | undefined): TimeRow {
  const took = at === undefined || started === undefined ? '' : formatSpan(at - started)
  const isOpen = at === undefined
  return {
    key: id,
    label: visible(id),
    depth: 0,
    from: started ?? at,
    to: at,
    marks: steps,
    tone: isOpen ? 'open' : failed ? 'error' : 'ok',
    note: isOpen ? text.noAnswer : failed ? `✕ ${took}` : took,
    event,
  }
}

/** The states of a return, of which those are shown at first that changed something or failed. */
function Return({ event }: { event: Event }) {
  const results = stateResults((event.data as { return?: unknown } | null)?.return)
  const onlyChanges = useSignal(true)
  const shown = useSignal(PAGE)
  if (results === undefined) return null
  const counts = countStates(results)
  const told = onlyChanges.value ? results.filter(isTelling).toSorted(failedFirst) : results
  const order = ['failed', 'changed', 'wouldChange', 'ok'] as const
  return (
    <section class="states">
      <h3 class="sum">
        {order
          .filter((kind) => counts[kind] > 0)
          .map((kind) => (
            <span key={kind} data-kind={kind}>
              {formatCount(counts[kind])} {text.states[kind]}
            </span>
          ))}
      </h3>
      <label class="check">
        <input
          type="checkbox"
          checked={onlyChanges.value}
          onChange={({ currentTarget }) => {
            onlyChanges.value = currentTarget.checked
          }}
        />
        {text.onlyChanges}
      </label>
      {told.length === 0 && <p class="looked">{text.nothingChanged}</p>}
      <ul>
        {told.slice(0, shown.value).map((result, index) => (
          <State key={index} result={result} />
        ))}
      </ul>
      {told.length > shown.value && (
        <button
          type="button"
          class="button"
          onClick={() => {
            shown.value += 10 * PAGE
          }}
        >
          {text.more(told.length - shown.value)}
        </button>
      )}
    </section>
  )
}

function isTelling({ result, changes }: StateResult): boolean {
  return result !== true || changes !== undefined
}

/** Otherwise in the order in which they ran. */
function failedFirst(a: StateResult, b: StateResult): number {
  return Number(b.result === false) - Number(a.result === false)
}

/** Characters of the changes of a state that are shown. */
const MAX_CHANGES = 4000

function State({ result: { state, name, result, comment, changes } }: { result: StateResult }) {
  const kind = result === false ? 'failed' : result === null ? 'wouldChange' : changes ? 'changed' : 'ok'
  const signs = { failed: '✕', changed: '~', wouldChange: '?', ok: '✓' }
  return (
    <li data-kind={kind}>
      <p>
        <b aria-hidden="true">{signs[kind]}</b> <span class="hidden-text">{text.states[kind]}</span>
        {visible(name)} <i>{visible(state)}</i>
      </p>
      {comment !== '' && <p class="comment">{visibleLines(comment.slice(0, MAX_CHANGES))}</p>}
      {changes && <Changes changes={jsonView(changes) as object} />}
    </li>
  )
}

const MAX_ITEMS = 50

/** One line for each change, as far as it has the form that most states use. */
function Changes({ changes }: { changes: object }) {
  const items = Object.entries(changes).filter(([, value]) => value !== '')
  return (
    <dl class="changes">
      {items.slice(0, MAX_ITEMS).map(([name, value]) => (
        <div key={name}>
          <dt>{visible(name)}</dt>
          <dd>{isReplacement(value) ? <Replacement {...value} /> : <Text value={value} />}</dd>
        </div>
      ))}
      {items.length > MAX_ITEMS && <p class="looked">{text.more(items.length - MAX_ITEMS)}</p>}
    </dl>
  )
}

interface Replaced {
  old: unknown
  new: unknown
}

function isReplacement(value: unknown): value is Replaced {
  return typeof value === 'object' && value !== null && 'old' in value && 'new' in value
}

function Replacement({ old, new: fresh }: Replaced) {
  return (
    <>
      {old !== '' && (
        <>
          <del>
            <Text value={old} />
          </del>{' '}
          →{' '}
        </>
      )}
      <ins>
        <Text value={fresh} />
      </ins>
    </>
  )
}

function Text({ value }: { value: unknown }) {
  const shown = visibleLines(
    (typeof value === 'string' ? value : JSON.stringify(value, null, 2)).slice(0, MAX_CHANGES),
  )
  if (!shown.startsWith('--- ')) return <>{shown}</>
  return (
    <>
      {shown.split(/(?<=\n)/).map((line, index) => (
        <PatchLine key={index} line={line} />
      ))}
    </>
  )
}

/** A line of the difference between two files, as `diff -u` shows it. */
function PatchLine({ line }: { line: string }) {
  if (/^-(?!-- )/.test(line)) return <del>{line}</del>
  return /^\+(?!\+\+ )/.test(line) ? <ins>{line}</ins> : line
}
