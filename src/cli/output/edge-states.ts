import type { AskedEdges, EdgeAnswers, HubStatus } from '../../methods/contract/index.js'
import type { HubOptions, ReportOptions } from '../help/options.js'
import { withHub } from '../hub/connect.js'
import type { Io } from '../io.js'
import { formatCount, formatSpan } from '../terminal/figures.js'
import { type Column, tableLines } from '../terminal/table.js'
import { noteAsked } from './asked-edges.js'
import { report } from './report.js'

/** Between two parts of the answer, ms. */
const LONGEST_MS = 60_000

export interface EdgeState {
  edge: string
  result: HubStatus
}

export interface EdgeStates {
  states: EdgeState[]
  asked: AskedEdges | undefined
}

/** Asks edge hubs for the state that they tell of themselves. */
export async function statesOfEdges(
  io: Io,
  { edges, timeout = LONGEST_MS, ...options }: HubOptions & { edges: string },
): Promise<EdgeStates> {
  const states: EdgeState[] = []
  let asked: AskedEdges | undefined
  await withHub(io, { ...options, timeout }, async (client) => {
    const params = { edges, method: 'hub.status' }
    for await (const part of client.requestParts('edges.ask', params, { signal: io.signal, timeout })) {
      const { answers, asked: end } = partOf(part)
      states.push(...(answers ?? []).filter((answer): answer is EdgeState => isStatus(answer.result)))
      asked = end ?? asked
    }
  })
  return { states, asked }
}

/** Shows the state that edge hubs tell of themselves, a line each. */
export async function showEdgeStates(io: Io, options: ReportOptions & { edges: string }): Promise<void> {
  const { states, asked } = await statesOfEdges(io, options)
  await report(io, options.format, states, () => tableLines(columns, states, io.out.columns))
  if (asked !== undefined) await noteAsked(io, asked)
}

function partOf(part: unknown): Partial<EdgeAnswers & { asked: AskedEdges }> {
  return typeof part === 'object' && part !== null ? part : {}
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
