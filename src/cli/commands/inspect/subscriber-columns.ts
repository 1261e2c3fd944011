import type { SubscriberInfo } from '../../../methods/contract/index.js'
import { filterText } from '../../output/filter-text.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import type { Column } from '../../terminal/table.js'

/** Columns that identify a subscriber come first; those that are the same for most come last, or are left out. */
export function subscriberColumns(
  rows: readonly SubscriberInfo[],
  now: number,
): readonly Column<SubscriberInfo>[] {
  const all: readonly (Column<SubscriberInfo> | false)[] = [
    { title: 'WHO', text: nameText, flexible: true },
    { title: 'FILTER', text: ({ asked, filter }) => filterText(asked ?? filter), flexible: true },
    { title: 'POSITION', text: ({ cursor }) => numberOf(cursor), right: true },
    { title: 'LAG', text: (row) => formatCount(row.lagEvents), right: true },
    rows.some(isBehind) && {
      title: 'BEHIND',
      text: (row) => (isBehind(row) ? formatSpan(row.lagMicros) : ''),
      right: true,
    },
    rows.some(({ slowSince }) => slowSince !== undefined) && {
      title: 'SLOW',
      text: (row) => (row.slowSince === undefined ? '' : formatSpan(now - row.slowSince)),
      right: true,
    },
    differs(rows, ({ lag }) => lag) && { title: 'POLICY', text: (row) => row.lag },
    { title: 'DELIVERED', text: (row) => formatCount(row.delivered), right: true },
    differs(rows, ({ principal }) => principal) && { title: 'PRINCIPAL', text: (row) => row.principal },
    { title: 'ADDRESS', text: differs(rows, addressOf) ? addressOf : faceOf, flexible: true },
  ]
  return all.filter((column) => column !== false)
}

function differs(rows: readonly SubscriberInfo[], value: (row: SubscriberInfo) => string): boolean {
  return new Set(rows.map(value)).size > 1
}

function isBehind({ lagEvents }: SubscriberInfo): boolean {
  return lagEvents > 0
}

function addressOf({ label }: SubscriberInfo): string {
  return splitLabel(label).address
}

/** Where all come from the same place, how is enough. */
function faceOf(row: SubscriberInfo): string {
  return addressOf(row).split(/[: ]/)[0]
}

function nameText({ label, consumer }: SubscriberInfo): string {
  const { name } = splitLabel(label)
  return consumer === undefined ? name : `${name} (${consumer})`
}

const MAX_NAME = 40

/**
 * The hub names a subscriber by its address and the name that it gave itself: `unix:/run/tocsin.sock tocsin tail[15]`.
 * One without a name is called after its face: `sse 192.0.2.7`.
 */
export function splitLabel(label: string): { name: string; address: string } {
  const [, address, name = ''] = /^([a-z]+:\S*|ws \S+)(?: (.*))?$/.exec(label) ?? []
  if (address === undefined) {
    const at = label.lastIndexOf(' ')
    return at < 0 ? { name: label, address: '' } : { name: label.slice(0, at), address: label.slice(at + 1) }
  }
  const known = name.replace(/^tocsin (?=[a-z]+\[\d+\]$)/, '')
  return { name: known.slice(0, MAX_NAME) || address.split(/[: ]/)[0], address }
}

/** `@4711`, which every command takes as a position. */
function numberOf(cursor: string): string {
  return `@${cursor.slice(cursor.lastIndexOf('-') + 1)}`
}
