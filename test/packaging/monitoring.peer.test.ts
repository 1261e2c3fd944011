import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { detailsOf } from '../../src/cli/help/define.js'
import { processIo } from '../../src/cli/io.js'
import { buildProgram } from '../../src/cli/program.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

const packaging = fileURLToPath(new URL('../../packaging', import.meta.url))
const rulesFile = join(packaging, 'prometheus/tocsin.rules.yml')
const folder = temporaryFolder('monitoring')

interface Rule {
  alert: string
  expr: string
  labels: Record<string, string>
  annotations: Record<string, string>
}
interface Panel {
  type: string
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { expr: string }[]
}

const rules: Rule[] = parse(readFileSync(rulesFile, 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
)
const dashboard: { uid: string; panels: Panel[] } = JSON.parse(
  readFileSync(join(packaging, 'grafana/tocsin.json'), 'utf8'),
)
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

function promtool(args: string[], input?: string): string {
  return execFileSync(requireTool('promtool'), args, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** The metrics of the reference, and those of a process. */
async function existing(): Promise<Set<string>> {
  const reference = readFileSync(
    fileURLToPath(new URL('../../docs/reference/metrics.md', import.meta.url)),
    'utf8',
  )
  await using hub = await startTestHub({ http: true })
  return new Set(
    [...reference.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name).concat(...names(await scrape(hub))),
  )
}

async function scrape(hub: TestHub): Promise<string> {
  const client = await hub.connect()
  const { token } = await client.request<{ token: string }>('tokens.add', {
    name: 'prometheus',
    rights: { monitor: true },
  })
  await client.close()
  const answer = await fetch(`${hub.http}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  return answer.text()
}

function names(metrics: string): string[] {
  return [...metrics.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
}

const used = (expr: string) =>
  [...expr.matchAll(/\b(?:tocsin|process|nodejs)_\w+/g)].map(([name]) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  )

it('the alert rules are valid, and fire when they should and only then', () => {
  expect(promtool(['check', 'rules', rulesFile])).toContain(`${rules.length} rules found`)
  expect(promtool(['test', 'rules', join(packaging, 'prometheus/tocsin.rules.test.yml')])).toContain(
    'SUCCESS',
  )
})

it('every alert is seen to fire in the tests of the rules', () => {
  const tests = readFileSync(join(packaging, 'prometheus/tocsin.rules.test.yml'), 'utf8')
  expect(rules.map(({ alert }) => alert).filter((alert) => !tests.includes(alert))).toEqual([])
})

it('the dashboard shows a hub that takes events no longer, whatever the reason', () => {
  const asked = queries.find((expr) => expr.includes('tocsin_log_fault'))?.replace('$instance', '.*')
  const shown = (suspended: number, fault: number) => ({
    interval: '1m',
    input_series: [
      { series: 'tocsin_suspended{instance="web1"}', values: `${suspended}` },
      { series: 'tocsin_log_fault{instance="web1"}', values: `${fault}` },
    ],
    promql_expr_test: [
      { expr: asked, eval_time: '0m', exp_samples: [{ labels: '{}', value: Math.max(suspended, fault) }] },
    ],
  })
  const file = join(folder, 'dashboard.test.yml')
  writeFileSync(file, stringify({ tests: [shown(0, 0), shown(0, 1), shown(1, 0)] }))
  expect(promtool(['test', 'rules', file])).toContain('SUCCESS')
})

it('every alert says what has happened and what to look at, with commands that exist', () => {
  const program = buildProgram(processIo())
  for (const { alert, labels, annotations } of rules) {
    expect(['warning', 'critical'], alert).toContain(labels.severity)
    expect(annotations.summary.length, alert).toBeGreaterThan(10)
    expect(annotations.description, alert).toMatch(/`(?:tocsin|systemctl|journalctl) /)
    for (const [, words] of annotations.description.matchAll(/`tocsin ([^`]+)`/g)) {
      const [name, sub] = words.split(' ')
      const command = program.commands.find((each) => each.name() === name)
      expect(command && detailsOf(command), `${alert}: tocsin ${words}`).toBeDefined()
      const subcommands = command?.commands.map((each) => each.name()) ?? []
      if (subcommands.length > 0 && sub !== undefined && /^\w+$/.test(sub))
        expect(subcommands, words).toContain(sub)
    }
  }
})

it('rules and dashboard use metrics that exist', async () => {
  const known = await existing()
  for (const expr of [...rules.map(({ expr }) => expr), ...queries])
    expect(
      used(expr).filter((name) => !known.has(name)),
      expr,
    ).toEqual([])
})

it('every query of the dashboard is valid', () => {
  const file = join(folder, 'queries.yml')
  const expressions = queries.map((expr) =>
    expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
  )
  const recorded = expressions.map((expr, i) => ({ record: `panel:query:${i}`, expr }))
  writeFileSync(file, stringify({ groups: [{ name: 'panels', rules: recorded }] }))
  expect(promtool(['check', 'rules', file])).toContain(`${queries.length} rules found`)
})

it('the dashboard can be imported anywhere: it has no ids of an installation, and no panels that overlap', () => {
  expect(dashboard).toMatchObject({ uid: 'tocsin', schemaVersion: 39 })
  expect(Object.keys(dashboard)).not.toContain('id')
  expect(JSON.stringify(dashboard)).not.toMatch(/"uid":"(?!tocsin|\$\{datasource\})/)
  const cells = new Set<string>()
  for (const { title, gridPos } of dashboard.panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(x, title).toBeLessThan(24)
        expect(cells.has(`${x} ${y}`), `${title} at ${x} ${y}`).toBe(false)
        cells.add(`${x} ${y}`)
      }
})

it('promtool finds nothing wrong with the metrics of the hub', async () => {
  await using hub = await startTestHub({ http: true })
  const metrics = await scrape(hub)
  expect(names(metrics)).toContain('tocsin_events_accepted_total')
  // The library names a few gauges of Node.js as if they were counters.
  const own = metrics.split('\n').filter((line) => !/^(?:# \w+ )?nodejs_/.test(line))
  const { status, stdout, stderr } = spawnSync(requireTool('promtool'), ['check', 'metrics'], {
    input: own.join('\n'),
    encoding: 'utf8',
  })
  expect({ status, text: stdout + stderr }).toEqual({ status: 0, text: '' })
})
