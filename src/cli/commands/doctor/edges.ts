import { pathEnvironment } from '../../../config/home.js'
import { messageOf } from '../../../errors/thrown.js'
import { hubConfig } from '../../../hub/config/index.js'
import type { AskedEdges } from '../../../methods/contract/index.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { type EdgeState, statesOfEdges } from '../../output/edge-states.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { displayWidth, escapeText, padEnd } from '../../terminal/text.js'
import { type Check, type Finding, type Patient, wrong } from './finding.js'
import { hubChecks } from './hub-checks.js'
import { type DoctorOptions, mark } from './run.js'

/** One line of the checklist of many hubs. */
interface EdgeFinding extends Finding {
  edge: string
}

/** The widest column of names. */
const NAME_WIDTH = 40
/** Edge hubs that a step names. */
const NAMED = 5

/** The checks that need nothing but what a hub tells of itself. */
const checks = hubChecks.filter(({ name }) => name !== 'configuration')

/** Checks edge hubs by what they tell of themselves: their machines cannot be looked at from here. */
export async function examineEdges(io: Io, options: DoctorOptions & { edges: string }): Promise<void> {
  const { states, asked } = await statesOfEdges(io, options)
  const findings = [...(asked?.missing ?? []).map(missing)]
  let well = 0
  for (const state of states) {
    const found = await problemsOf(state)
    if (found.length === 0) well++
    findings.push(...found)
  }
  const count = findings.filter(({ state }) => state === 'wrong').length
  await report(io, options.json ? 'json' : options.format, [{ sound: count === 0, asked, findings }], () =>
    linesOf(io, findings, well),
  )
  if (count > 0) throw new Ending(Exit.failed, `${plural(count, 'thing')} wrong`)
}

function missing({ edge, reason }: AskedEdges['missing'][number]): EdgeFinding {
  return { edge, check: 'answer', ...wrong(`none: ${reason}`) }
}

async function problemsOf({ edge, result }: EdgeState): Promise<EdgeFinding[]> {
  const patient: Patient = {
    options: {},
    environment: pathEnvironment(),
    configuration: { valid: true, problems: [], warnings: [] },
    config: hubConfig.parse({}),
    data: undefined,
    hub: { status: result, local: false },
  }
  const found = await Promise.all(checks.map((check) => findingsOf(check, patient)))
  return found
    .flat()
    .filter(({ state }) => state !== 'ok')
    .map((finding) => ({ edge, ...finding }))
}

/** An edge hub may say anything. */
async function findingsOf({ name, run }: Check, patient: Patient): Promise<Finding[]> {
  try {
    return (await run(patient)).map((words) => ({ check: name, ...words }))
  } catch (thrown) {
    return [{ check: name, ...wrong(`it cannot be told from its answer: ${messageOf(thrown)}`) }]
  }
}

function linesOf(io: Io, findings: readonly EdgeFinding[], well: number): string[] {
  const rank = { wrong: 0, warning: 1, ok: 2 }
  const sorted = findings.toSorted((a, b) => rank[a.state] - rank[b.state])
  const width = Math.min(NAME_WIDTH, Math.max(0, ...findings.map(({ edge }) => displayWidth(edge))))
  const ill = sorted.map(
    ({ edge, check, state, text }) =>
      `${mark(io.colors, io.env, state)} ${padEnd(escapeText(edge), width)}  ${check}: ${escapeText(text)}`,
  )
  const sound = `${mark(io.colors, io.env, 'ok')} ${plural(well, 'edge hub')} without a problem`
  return [...ill, sound, '', ...nextLines(sorted)]
}

/** Each step once, with the edge hubs on which it is to be done. */
function nextLines(findings: readonly EdgeFinding[]): string[] {
  const steps = new Map<string, Set<string>>()
  for (const { edge, next } of findings) {
    if (next === undefined) continue
    const edges = steps.get(next) ?? new Set()
    steps.set(next, edges.add(edge))
  }
  if (steps.size === 0) return [findings.length === 0 ? 'all is well' : 'nothing to do']
  const lines = [...steps].map(([step, edges]) => `  on ${namesOf([...edges])}: ${escapeText(step)}`)
  return ['next:', ...lines]
}

function namesOf(edges: readonly string[]): string {
  const named = edges.slice(0, NAMED).map(escapeText).join(', ')
  return edges.length > NAMED ? `${named} and ${edges.length - NAMED} more` : named
}
