import type { ConfigChange } from '../../../src/methods/contract/index.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { Cut } from './state.js'
import { type Column, Table } from './table.js'
import { valueText } from './values.js'

const text = busStrings.configuration

const columns: readonly Column<ConfigChange>[] = [
  { title: text.key, kind: 'long', cell: ({ key, ...change }) => <KeyOf name={key} {...change} /> },
  {
    title: text.old,
    kind: 'long',
    cell: ({ old }) => (
      <del class="mono">
        <Cut>{valueText(old)}</Cut>
      </del>
    ),
  },
  {
    title: text.new,
    kind: 'long',
    cell: ({ new: next }) => (
      <ins class="mono">
        <Cut>{valueText(next)}</Cut>
      </ins>
    ),
  },
  { title: text.effect, side: true, cell: ({ effect }) => text.effects[effect] },
]

/** People read all of what they confirm. An entry of a list is known by its name, if it has one. */
function KeyOf({ name, entry, order }: Pick<ConfigChange, 'entry' | 'order'> & { name: string }) {
  return (
    <>
      <span class="mono whole">{name}</span>{' '}
      {entry !== undefined && <span class="quiet">{visible(entry)}</span>}
      {order && <span class="quiet">{text.order}</span>}
    </>
  )
}

/** Shows changes, key by key. */
export function Changes({ changes }: { changes: readonly ConfigChange[] }) {
  return (
    <Table
      title={text.candidate}
      columns={columns}
      rows={changes}
      none={text.none}
      rowKey={({ key, op, entry }) => JSON.stringify([key, op, entry])}
    />
  )
}
