import type { SctpAssociationInfo } from '../../bus/method-types.js'
import { formatBytes, formatCount, formatSpan } from '../figures.js'
import { ask } from '../hub.js'
import type { Io } from '../io.js'
import type { ReportOptions } from '../options.js'
import { report } from '../report.js'
import { type Column, tableLines } from '../table.js'

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
      ? ['there is no association']
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

/** The primary one is marked; what is not active says so. */
function peersText({ peers }: SctpAssociationInfo): string {
  return peers
    .map(({ host, port, state, primary }) => {
      const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      return `${address}${primary ? '*' : ''}${state === 'active' ? '' : ` (${state})`}`
    })
    .join(', ')
}
