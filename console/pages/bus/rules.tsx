import type { RuleInfo } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { ofChosenHub } from './chosen-hub.js'
import { ConfigLink } from './config-link.js'
import { AddEntry, editColumns } from './entry/entry-buttons.js'
import { Panel, titleOf } from './panel.js'
import { Reason } from './reason.js'
import { State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { ago } from './times.js'

const text = busStrings.rules

const tones: Record<RuleInfo['state'], Tone> = {
  starting: 'idle',
  up: 'ok',
  waits: 'idle',
  down: 'error',
  stopped: 'idle',
}

const columns: readonly Column<RuleInfo>[] = [
  {
    title: text.name,
    kind: 'long',
    cell: ({ name, state, reason }) => (
      <State tone={tones[state]} label={state}>
        <ConfigLink name={name} keys={`rules.${name}`} /> {reason !== undefined && <Reason>{reason}</Reason>}
      </State>
    ),
  },
  { title: text.matched, kind: 'number', cell: ({ matched }) => formatCount(matched) },
  { title: text.fired, kind: 'number', cell: ({ fired }) => formatCount(fired) },
  {
    title: text.held,
    kind: 'number',
    side: true,
    cell: ({ suppressed, followed, stopped, late }) => formatCount(suppressed + followed + stopped + late),
  },
  { title: text.failed, kind: 'number', side: true, cell: ({ failed }) => formatCount(failed) },
  { title: text.last, kind: 'number', cell: ({ lastFired }) => ago(lastFired) },
]

/** `hub`: whose they are, where there are several hubs. */
export function Rules({ hub }: { hub: string | undefined }) {
  const asked = useMethod('rules.list', ofChosenHub(), { right: 'monitor' })
  return (
    <Panel
      title={titleOf(text.title, hub)}
      asked={asked}
      count={({ rules }) => rules.length}
      tools={<AddEntry section="rules" />}
    >
      {({ rules }) => (
        <Table
          title={text.title}
          columns={[...columns, ...editColumns<RuleInfo>('rules')]}
          rows={rules}
          none={text.none}
          rowKey={({ name }) => name}
        />
      )}
    </Panel>
  )
}
