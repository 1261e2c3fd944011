import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Quoted } from '../../components/quoted.js'
import { busStrings as text } from '../../strings/bus.js'

export interface Column<Row> {
  readonly title: string
  /** `long` is cut where there is no room, `rest` takes all room that is left; `side` is left out on narrow screens. */
  readonly kind?: 'number' | 'long' | 'rest' | 'action'
  readonly side?: boolean
  cell(row: Row): ComponentChildren
}

interface TableProps<Row> {
  title: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** What is said instead of an empty table. */
  none: string
  rowKey(row: Row): string
  /** How many rows are shown at first. */
  short?: number
}

const SHORT = 12
/** More rows than anybody reads; whoever looks for one searches. */
const LONG = 500

/** A table that begins with its first rows, and shows more when asked. */
export function Table<Row>({ title, columns, rows, none, rowKey, short = SHORT }: TableProps<Row>) {
  const isWhole = useSignal(false)
  if (rows.length === 0)
    return (
      <p class="quiet">
        <Quoted text={none} />
      </p>
    )
  const shown = rows.slice(0, isWhole.value ? LONG : short)
  const toggle = () => {
    isWhole.value = !isWhole.value
  }
  return (
    <>
      <table aria-label={title}>
        <thead>
          <tr>
            {columns.map(({ title: name, kind, side }) => (
              <th key={name} scope="col" data-kind={kind} data-side={side}>
                {kind === 'action' ? <span class="hidden-text">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ title: name, kind, side, cell }) => (
                <td key={name} data-kind={kind} data-side={side}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > short && (
        <button type="button" class="button plain" onClick={toggle}>
          {isWhole.value ? text.fewer : text.all(rows.length, LONG)}
        </button>
      )}
    </>
  )
}
