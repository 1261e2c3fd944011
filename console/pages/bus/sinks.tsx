import type { SinkInfo } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { may, useMethod } from './ask.js'
import { doing } from './notice.js'
import { Panel } from './panel.js'
import { Cut, State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { span } from './times.js'

const text = busStrings.sinks

const tones: Record<SinkInfo['state'], Tone> = {
  starting: 'idle',
  up: 'ok',
  retrying: 'warn',
  paused: 'idle',
  standby: 'idle',
  down: 'error',
  stopped: 'idle',
}

export function Sinks() {
  const asked = useMethod('sinks.list', {}, { right: 'monitor' })
  const toggle = ({ name, state }: SinkInfo) =>
    doing(async () => {
      const isPaused = state === 'paused'
      await call(isPaused ? 'sinks.resume' : 'sinks.pause', { name })
      asked.refresh()
      return isPaused ? text.resumed(name) : text.paused(name)
    })
  const columns: readonly Column<SinkInfo>[] = [
    {
      title: text.name,
      kind: 'long',
      cell: ({ name, type, state }) => (
        <State tone={tones[state]} label={state}>
          <strong>{name}</strong> <span class="quiet">{type}</span>
        </State>
      ),
    },
    {
      title: text.state,
      kind: 'long',
      cell: ({ state, reason }) => <Cut>{reason === undefined ? state : `${state}: ${reason}`}</Cut>,
    },
    { title: text.target, kind: 'long', side: true, cell: ({ target }) => <Cut>{target}</Cut> },
    { title: text.lag, kind: 'number', cell: ({ lagEvents }) => formatCount(lagEvents) },
    { title: text.behind, kind: 'number', cell: ({ lagMicros }) => span(lagMicros) },
    { title: text.delivered, kind: 'number', side: true, cell: ({ delivered }) => formatCount(delivered) },
    { title: text.failures, kind: 'number', side: true, cell: ({ failures }) => formatCount(failures) },
  ]
  const pausing: Column<SinkInfo> = {
    title: text.pause,
    kind: 'action',
    cell: (sink) => (
      <button type="button" class="button plain" onClick={() => toggle(sink)}>
        {sink.state === 'paused' ? text.resume : text.pause}
      </button>
    ),
  }
  return (
    <Panel title={text.title} asked={asked} count={({ sinks }) => sinks.length}>
      {({ sinks }) => (
        <Table
          title={text.title}
          columns={may('admin') ? [...columns, pausing] : columns}
          rows={sinks}
          none={text.none}
          rowKey={({ name }) => name}
        />
      )}
    </Panel>
  )
}
