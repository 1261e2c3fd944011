import type { SctpAssociationInfo } from '../../../methods/contract/index.js'
import type { ReportOptions } from '../../help/options.js'
import { ask } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatBytes, formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'

export async function showAssociations(
  io: Io,
  source: string | undefined,
  options: ReportOptions,
): Promise<void> {
  const params = source === undefined ? {} : { source: source.replace(/^sctp\//, '') }
  const { associations } = await ask(io, options, 'sctp.associations', params)
  const now = Date.now() * 1000
  await report(io, options.format, associations, () =>
    associations.length === 0
      ? ['there are no associations']
      : tableLines(associationColumns(now), associations, io.out.columns),
  )
}

export function associationColumns(now: number): readonly Column<SctpAssociationInfo>[] {
  return [
    { title: 'SOURCE', text: (row) => row.source },
    { title: 'ASSOCIATION', text: (row) => String(row.association), right: true },
    { title: 'STATE', text: (row) => row.state },
    { title: 'SINCE', text: (row) => formatSpan(now - row.since), right: true },
    { title: 'OUT', text: (row) => String(row.outboundStreams), right: true },
    { title: 'IN', text: (row) => String(row.inboundStreams), right: true },
    { title: 'PEER', text: peersText, flexible: true },
    { title: 'MESSAGES', text: (row) => formatCount(row.messages), right: true },
    { title: 'BYTES', text: (row) => formatBytes(row.bytes), right: true },
    { title: 'LAST ERROR', text: (row) => row.lastError ?? '', flexible: true },
  ]
}

/** A star marks the primary address; a state is shown unless it is active. */
function peersText({ peers }: SctpAssociationInfo): string {
  return peers
    .map(({ host, port, state, primary }) => {
      const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      return `${address}${primary ? '*' : ''}${state === 'active' ? '' : ` (${state})`}`
    })
    .join(', ')
}
