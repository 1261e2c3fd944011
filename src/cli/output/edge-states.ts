import type { HubStatus } from '../../methods/contract/index.js'
import type { ReportOptions } from '../help/options.js'
import { ask } from '../hub/connect.js'
import type { Io } from '../io.js'
import { formatCount, formatSpan } from '../terminal/figures.js'
import { type Column, tableLines } from '../terminal/table.js'
import { noteAsked } from './asked-edges.js'
import { report } from './report.js'

interface EdgeState {
  edge: string
  result: HubStatus
}

/** Shows the state that edge hubs tell of themselves, a line each. */
export async function showEdgeStates(io: Io, options: ReportOptions & { edges: string }): Promise<void> {
  const { edges } = options
  const { answers, asked } = await ask(io, options, 'edges.ask', { edges, method: 'hub.status' })
  const states = answers.filter((answer): answer is EdgeState => isStatus(answer.result))
  await report(io, options.format, states, () => tableLines(columns, states, io.out.columns))
  await noteAsked(io, asked)
}

/** An edge hub may be of another version. */
function isStatus(result: unknown): result is HubStatus {
  return typeof result === 'object' && result !== null && 'sources' in result && 'log' in result
}

const columns: readonly Column<EdgeState>[] = [
  { title: 'EDGE', text: ({ edge }) => edge },
  { title: 'VERSION', text: ({ result }) => result.version },
  { title: 'UP', text: ({ result: { now, started } }) => formatSpan(now - started), right: true },
  { title: 'ACCEPTED', text: ({ result }) => formatCount(result.events.accepted), right: true },
  { title: 'LAST', text: ({ result }) => `@${result.log.last}`, right: true },
  { title: 'SOURCES', text: ({ result }) => sourcesText(result), flexible: true },
]

function sourcesText({ sources }: HubStatus): string {
  const faulty = sources.filter(({ state }) => state !== 'up')
  if (faulty.length === 0) return `${sources.length} up`
  return faulty.map(({ name, state, reason }) => `${name} ${state}${reason ? `: ${reason}` : ''}`).join(', ')
}
