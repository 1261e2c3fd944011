import type { ClusterNode, ClusterStatus } from '../../methods/contract/index.js'
import { formatCount } from '../terminal/figures.js'
import type { Column } from '../terminal/table.js'

export function clusterText({ name, role, primary, term, waiting }: ClusterStatus): string {
  const batches = waiting === 0 ? '' : `; ${formatCount(waiting)} of its batches not stored yet`
  if (role === 'primary') return `${name} is the primary, in term ${term}${batches}`
  return (primary === undefined ? `${name} knows of no primary` : `${name} follows ${primary}`) + batches
}

/** A hub that has gone without a word has no position. */
interface Node extends Omit<ClusterNode, 'role' | 'position'> {
  role: string
  position?: number
}

export const nodeColumns: readonly Column<Node>[] = [
  { title: 'HUB', text: (row) => row.name },
  { title: 'ROLE', text: (row) => row.role },
  { title: 'VERSION', text: (row) => row.version },
  {
    title: 'LAST EVENT',
    text: ({ position }) => (position === undefined ? '?' : `@${position}`),
    right: true,
  },
  { title: 'LAG', text: (row) => formatCount(row.lag), right: true },
  { title: 'ADDRESS', text: (row) => row.address ?? '', flexible: true },
]
