import type { ClusterNode, ClusterStatus } from '../../methods/contract/index.js'
import { formatCount } from '../terminal/figures.js'
import type { Column } from '../terminal/table.js'

export function clusterText({ name, role, primary, term, waiting }: ClusterStatus): string {
  const batches = waiting === 0 ? '' : `; ${formatCount(waiting)} of its batches not stored yet`
  if (role === 'primary') return `${name} is the primary, in term ${term}${batches}`
  return (primary === undefined ? `${name} knows of no primary` : `${name} follows ${primary}`) + batches
}

export const nodeColumns: readonly Column<ClusterNode>[] = [
  { title: 'HUB', text: (row) => row.name },
  { title: 'ROLE', text: (row) => row.role },
  { title: 'VERSION', text: (row) => row.version },
  { title: 'LAST EVENT', text: (row) => `@${row.position}`, right: true },
  { title: 'LAG', text: (row) => formatCount(row.lag), right: true },
  { title: 'ADDRESS', text: (row) => row.address ?? '', flexible: true },
]
