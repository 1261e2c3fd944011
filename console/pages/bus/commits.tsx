import { useSignal } from '@preact/signals'
import type { CommitInfo, ConfigChange } from '../../../src/methods/contract/index.js'
import { setting } from '../../app/setting.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { CommitDialog } from './commit-dialog.js'
import { doing } from './notice.js'
import { Panel } from './panel.js'
import { Cut } from './state.js'
import { type Column, Table } from './table.js'
import { moment } from './times.js'

const text = busStrings.configuration
const SLOWLY_MS = 5000

interface Undoing {
  readonly number: number
  readonly changes: readonly ConfigChange[]
}

/** Shows the commits, the newest first, and a way back. */
export function Commits({ onChange }: { onChange(): void }) {
  const asked = useMethod('config.history', { limit: 100 }, { right: 'admin', every: SLOWLY_MS })
  const undoing = useSignal<Undoing | undefined>(undefined)
  const changesOf = async (number: number) => (await call('config.diff', { rollback: number })).changes
  const open = async (number: number) => {
    try {
      undoing.value = { number, changes: await changesOf(number) }
    } catch (error) {
      await doing(() => Promise.reject(error))
    }
  }
  const columns: readonly Column<CommitInfo>[] = [
    { title: text.number, kind: 'number', cell: ({ number }) => number },
    { title: text.when, cell: ({ time }) => moment(time) },
    { title: text.who, side: true, cell: ({ user }) => user },
    { title: text.state, side: true, cell: ({ state }) => state },
    { title: text.keys, kind: 'words', cell: ({ keys }) => <Cut>{keys.join(', ')}</Cut> },
    { title: text.comment, kind: 'long', side: true, cell: ({ comment = '' }) => <Cut>{comment}</Cut> },
    {
      title: text.undo,
      kind: 'action',
      cell: ({ number }) => (
        <button type="button" class="button plain" onClick={() => open(number)}>
          {text.undo}
        </button>
      ),
    },
  ]
  const done = () => {
    asked.refresh()
    onChange()
  }
  return (
    <>
      <Panel title={text.history} asked={asked} count={({ commits }) => commits.length}>
        {({ commits }) => (
          <Table
            title={text.history}
            columns={columns}
            rows={commits}
            none={text.noHistory}
            rowKey={({ number }) => String(number)}
          />
        )}
      </Panel>
      {undoing.value && (
        <CommitDialog
          title={text.undoTitle(undoing.value.number)}
          label={text.doUndo}
          changes={undoing.value.changes}
          latest={() => changesOf(undoing.value!.number)}
          commit={(params) => call('config.rollback', { ...params, number: undoing.value!.number })}
          onDone={done}
          onClose={setting(undoing, undefined)}
        />
      )}
    </>
  )
}
