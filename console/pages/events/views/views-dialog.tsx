import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { messageOf } from '../../../../src/errors/thrown.js'
import type { ViewInfo } from '../../../../src/methods/contract/index.js'
import { addressOf, view } from '../../../app/router.js'
import { setting } from '../../../app/setting.js'
import { Dialog } from '../../../components/dialog.js'
import { lazily } from '../../../components/lazily.js'
import { ApiError, call, session } from '../../../hub/api.js'
import { viewStrings } from '../../../strings/views.js'
import { strings } from '../../../strings.js'
import { visible } from '../../../text/visible.js'
import { NotifyChoice } from '../notify/notify-choice.js'
import { formatText, queryIn } from '../query.js'
import { viewQuery } from './view-query.js'

const RuleDialog = lazily(() => import('../rule/rule-dialog.js').then(({ RuleDialog }) => RuleDialog))
const text = viewStrings

/** Keeps the view that is shown, and lists those that are kept. */
export function ViewsDialog({ onClose }: { onClose(): void }) {
  const views = useSignal<readonly ViewInfo[] | undefined>(undefined)
  const problem = useSignal('')
  /** Does something with the views, and lists them again. */
  const run = async (does: () => Promise<unknown>): Promise<void> => {
    problem.value = ''
    try {
      await does()
      views.value = (await call('views.list', {})).views
    } catch (error) {
      problem.value = strings.failed(messageOf(error))
    }
  }
  useEffect(() => void run(async () => {}), [])
  const makesRule = useSignal(false)
  const who = session.value
  if (makesRule.value) return <RuleDialog onClose={onClose} />
  return (
    <Dialog title={text.title} onClose={onClose}>
      <div class="views">
        <SaveForm run={run} />
        {typeof who === 'object' && who.owner && (
          <button type="button" class="button" onClick={setting(makesRule, true)}>
            {text.rule}
          </button>
        )}
        <NotifyChoice />
        <p class="problem" role="status">
          {problem.value}
        </p>
        <h3 class="heading">{text.kept}</h3>
        {views.value?.length === 0 && <p>{text.none}</p>}
        <ul>
          {views.value?.map((each) => (
            <ViewRow key={`${each.owner}/${each.name}`} kept={each} run={run} onClose={onClose} />
          ))}
        </ul>
        <button type="button" class="button" onClick={onClose}>
          {strings.close}
        </button>
      </div>
    </Dialog>
  )
}

type Run = (does: () => Promise<unknown>) => Promise<void>

function SaveForm({ run }: { run: Run }) {
  const name = useSignal('')
  const shared = useSignal(false)
  /** The name that is taken; to save once more replaces that view. */
  const taken = useSignal('')
  const save = async (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = name.value.trim()
    const query = viewQuery(view.peek().params)
    const params = { name: wanted, query, shared: shared.value, replace: taken.value === wanted }
    await run(async () => {
      try {
        await call('views.save', params)
        taken.value = ''
        name.value = ''
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'TCN_VIEW_CONFLICT') throw error
        taken.value = wanted
      }
    })
  }
  const isTaken = taken.value !== '' && taken.value === name.value.trim()
  return (
    <form onSubmit={save}>
      <h3 class="heading">{text.saveTitle}</h3>
      <Described query={viewQuery(view.value.params)} />
      <div class="choices">
        <Field label={text.name} value={name} />
        <label class="check">
          <input
            type="checkbox"
            checked={shared.value}
            onChange={({ currentTarget }) => {
              shared.value = currentTarget.checked
            }}
          />
          {text.shared}
        </label>
        <button type="submit" class="button primary" disabled={name.value.trim() === ''}>
          {isTaken ? text.replace : text.save}
        </button>
      </div>
      <p role="status">{isTaken && text.taken(taken.value)}</p>
    </form>
  )
}

function Field({ label, value }: { label: string; value: Signal<string> }) {
  return (
    <input
      class="field"
      aria-label={label}
      placeholder={label}
      maxLength={64}
      value={value.value}
      onInput={({ currentTarget }) => {
        value.value = currentTarget.value
      }}
    />
  )
}

interface RowProps {
  kept: ViewInfo
  run: Run
  onClose(): void
}

function ViewRow({ kept, run, onClose }: RowProps) {
  const { name, owner, shared, query } = kept
  const who = session.value
  const isOwn = typeof who === 'object' && who.principal === owner
  const mayDelete = isOwn || (typeof who === 'object' && who.admin)
  const doing = useSignal<'rename' | 'remove' | undefined>(undefined)
  const shownName = visible(name)
  return (
    <li>
      <a href={addressOf('events', new URLSearchParams(query))} onClick={onClose}>
        {shownName}
      </a>
      <span class="note">{isOwn ? shared && text.isShared : text.by(visible(owner))}</span>
      <span class="ways">
        {isOwn && (
          <button
            type="button"
            class="button plain"
            aria-label={text.rename(shownName)}
            onClick={setting(doing, 'rename')}
          >
            ✎
          </button>
        )}
        {mayDelete && (
          <button
            type="button"
            class="button plain"
            aria-label={text.remove(shownName)}
            onClick={setting(doing, 'remove')}
          >
            ✕
          </button>
        )}
      </span>
      <Described query={query} />
      {doing.value === 'rename' && <RenameForm name={name} run={run} onClose={setting(doing, undefined)} />}
      {doing.value === 'remove' && (
        <p class="choices">
          <button
            type="button"
            class="button"
            onClick={({ currentTarget }) => {
              // This button goes with the view.
              currentTarget.closest<HTMLElement>('.dialog')?.focus()
              void run(() => call('views.delete', isOwn ? { name } : { name, owner }))
            }}
          >
            {text.reallyRemove(shownName)}
          </button>
          <button type="button" class="button plain" onClick={setting(doing, undefined)}>
            {strings.close}
          </button>
        </p>
      )}
    </li>
  )
}

function RenameForm({ name, run, onClose }: { name: string; run: Run; onClose(): void }) {
  const to = useSignal(name)
  const rename = async (event: SubmitEvent) => {
    event.preventDefault()
    await run(() => call('views.rename', { name, to: to.value.trim() }))
    onClose()
  }
  return (
    <form class="choices" onSubmit={rename}>
      <Field label={text.renameTo(visible(name))} value={to} />
      <button type="submit" class="button">
        {text.done}
      </button>
    </form>
  )
}

/** Describes a view as far as one line can. */
function Described({ query }: { query: string }) {
  const params = new URLSearchParams(query)
  const shown = queryIn(params)
  const words = [
    formatText(shown) || text.everything,
    ...shown.choices.map(({ field, value, not }) => `${not ? '−' : '+'}${field}=${value}`),
    params.get('range') ?? params.get('from') ?? '',
  ]
  return <p class="described mono">{visible(words.filter((each) => each !== '').join('  '))}</p>
}
