import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { seconds, until } from '../harness/clock.js'
import { compareInTurn } from '../harness/compare.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import type { EdgesOptions } from '../roles/edges.js'
import { freePort, newToken } from '../sides/network.js'

const PROCESSES = 4

export const edges: Benchmark = {
  rows: [
    {
      name: 'edge-200',
      what: 'from the restart of a core until all of 200 edge hubs (quick: 60) have forwarded what waited',
      unit: 's',
      judge: 'value-at-most',
      must: 30,
      aim: 12,
    },
    {
      name: 'edge-cpu',
      what: 'processor time of the core for an event from one of these hubs; peer the same events published there',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 2,
      aim: 1.3,
    },
  ],
  async run(bench) {
    const folder = bench.folder()
    const port = await freePort()
    const start = () => bench.hub(`listen: { tcp: '127.0.0.1:${port}' }\n`, folder)
    let core = await start()
    const token = await newToken(core.address)
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, token)
    const hubs = (bench.quick ? 60 : 200) / PROCESSES
    const address = `tcp://127.0.0.1:${port}`
    const children = await startEdges(bench, { address, token, tokenFile, hubs, name: 'p' })
    const all = (method: string, ...params: unknown[]) =>
      Promise.all(children.map((child) => child.call<number>(method, ...params)))
    const isEverywhere = (method: string) => async () => (await all(method)).every((count) => count === hubs)
    await until('all are linked', isEverywhere('linked'), 60)

    const events = bench.quick ? 500 : 1000
    const costOf = (method: 'forward' | 'publish') => async () => {
      const before = cpuMicros(core.pid)
      await all(method, events)
      await until('all is forwarded', isEverywhere('done'), 60)
      return (cpuMicros(core.pid) - before) / (events * hubs * PROCESSES)
    }
    const cpu = await compareInTurn(
      bench,
      { name: 'forwarded', measure: costOf('forward') },
      { name: 'published directly', measure: costOf('publish') },
      bench.quick ? 3 : 5,
    )

    await core.stop()
    await all('forward', 10)
    core = await start()
    const restarted = seconds()
    await until('all have forwarded', isEverywhere('done'), 120)
    return { 'edge-200': { value: seconds() - restarted }, 'edge-cpu': cpu }
  },
}

function startEdges(bench: Bench, options: EdgesOptions): Promise<Child[]> {
  const names = Array.from({ length: PROCESSES }, (_, n) => `p${n}`)
  return Promise.all(names.map((name) => bench.child('edges', { ...options, name } satisfies EdgesOptions)))
}
