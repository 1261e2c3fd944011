import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Quoted } from '../../components/quoted.js'
import { busStrings as text } from '../../strings/bus.js'

type Kind = 'number' | 'long' | 'words' | 'rest' | 'action' | undefined

export interface Column<Row> {
  readonly title: string
  /** `long` is cut where there is no room, and `words` too except on narrow screens; `rest` takes all room that is left. */
  readonly kind?: Kind
  /** On narrow screens it is not beside the others, but below a row that was opened. */
  readonly side?: boolean
  cell(row: Row): ComponentChildren
}

interface TableProps<Row> {
  title: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** The text in place of an empty table. */
  none: string
  rowKey(row: Row): string
  /** The number of rows that are shown at first. */
  short?: number
}

const SHORT = 12
/** More rows than anybody reads; whoever looks for one searches. */
const LONG = 500

/** A table that begins with its first rows, and shows more when asked. */
export function Table<Row>({ title, columns, rows, none, rowKey, short = SHORT }: TableProps<Row>) {
  const isWhole = useSignal(false)
  const opened = useSignal<string | undefined>(undefined)
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
                <Title kind={kind}>{name}</Title>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <TableRow
              key={rowKey(row)}
              row={row}
              columns={columns}
              isOpen={opened.value === rowKey(row)}
              onToggle={() => {
                opened.value = opened.value === rowKey(row) ? undefined : rowKey(row)
              }}
            />
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

/** Buttons say themselves what they do. */
function Title({ kind, children }: { kind: Kind; children: string }) {
  return <span class={kind === 'action' ? 'hidden-text' : undefined}>{children}</span>
}

interface RowProps<Row> {
  row: Row
  columns: readonly Column<Row>[]
  isOpen: boolean
  onToggle(): void
}

/** On narrow screens it opens, and has below it what there is no room for beside it. */
function TableRow<Row>({ row, columns, isOpen, onToggle }: RowProps<Row>) {
  const beside = columns.filter(({ side }) => side)
  return (
    <>
      <tr>
        {columns.map(({ title, kind, side, cell }, index) => (
          <td key={title} data-kind={kind} data-side={side}>
            {index === 0 && beside.length > 0 && (
              <button
                type="button"
                class="button plain opens"
                aria-label={text.opens}
                aria-expanded={isOpen}
                onClick={onToggle}
              >
                {isOpen ? '▾' : '▸'}
              </button>
            )}
            {cell(row)}
          </td>
        ))}
      </tr>
      {isOpen && (
        <tr class="opened">
          <td colSpan={columns.length - beside.length}>
            <dl>
              {beside.map(({ title, kind, cell }) => (
                <div key={title}>
                  <dt>
                    <Title kind={kind}>{title}</Title>
                  </dt>
                  <dd>{cell(row)}</dd>
                </div>
              ))}
            </dl>
          </td>
        </tr>
      )}
    </>
  )
}
