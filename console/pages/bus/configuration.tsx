import { useSignal } from '@preact/signals'
import type { ConfigDiff, ConfigValues } from '../../../src/methods/contract/index.js'
import { view } from '../../app/router.js'
import { setting } from '../../app/setting.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { Candidate } from './candidate.js'
import { Commits } from './commits.js'
import { ValueDialog } from './config-value.js'
import { OtherKey } from './other-key.js'
import { Panel } from './panel.js'
import { Search } from './search.js'
import { Cut } from './state.js'
import { type Column, Table } from './table.js'
import { valueText } from './values.js'

const text = busStrings.configuration
const SLOWLY_MS = 5000
const MOST = 100

type Value = ConfigValues['values'][number]

/** Where it does not fit, it goes on behind a dot. */
function Key({ name }: { name: string }) {
  return <>{name.split(/(?<=\.)/).flatMap((part, index) => [part, <wbr key={index} />])}</>
}

/** Shows the configuration of the hub, and the candidate that somebody edits. */
export function Configuration() {
  const diff = useMethod('config.diff', {}, { right: 'admin', every: SLOWLY_MS })
  const values = useMethod('config.get', {}, { right: 'admin', every: SLOWLY_MS })
  const search = useSignal(view.peek().params.get('search') ?? '')
  const asksKey = useSignal(false)
  const isChangedOnly = useSignal(true)
  const edited = useSignal<string | undefined>(undefined)
  const refresh = (now?: ConfigDiff) => {
    if (now !== undefined) diff.value.value = now
    else diff.refresh()
    values.refresh()
  }
  const columns: readonly Column<Value>[] = [
    {
      title: text.key,
      kind: 'long',
      cell: (value) => (
        <button
          type="button"
          class="button plain key mono"
          aria-label={text.edit(value.key)}
          onClick={setting(edited, value.key)}
        >
          <Key name={value.key} />
        </button>
      ),
    },
    {
      title: text.value,
      kind: 'rest',
      cell: ({ value, set }) => (
        <span class={set ? 'mono' : 'mono quiet'}>
          <Cut>{valueText(value)}</Cut>
        </span>
      ),
    },
  ]
  const shown = (all: readonly Value[]) =>
    all.filter(({ key, set }) => key.includes(search.value) && (set || !isChangedOnly.value))
  const tools = (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isChangedOnly.value}
          onChange={({ currentTarget }) => {
            isChangedOnly.value = currentTarget.checked
          }}
        />
        {text.changedOnly}
      </label>
      <Search label={text.search} value={search} />
      <button type="button" class="button plain" onClick={setting(asksKey, true)}>
        {text.otherKey}
      </button>
    </>
  )
  return (
    <>
      {values.missing === undefined && <Candidate diff={diff} onChange={refresh} />}
      <Panel title={text.title} asked={values} count={({ values: all }) => shown(all).length} tools={tools}>
        {({ values: all }) => (
          <Table
            title={text.title}
            columns={columns}
            rows={shown(all)}
            none={text.none}
            rowKey={({ key }) => key}
            short={MOST}
          />
        )}
      </Panel>
      {values.missing === undefined && <Commits onChange={refresh} />}
      {asksKey.value && (
        <OtherKey
          onKey={(key) => {
            asksKey.value = false
            edited.value = key
          }}
          onClose={setting(asksKey, false)}
        />
      )}
      {edited.value && (
        <ValueDialog name={edited.value} onEdited={refresh} onClose={setting(edited, undefined)} />
      )}
    </>
  )
}
