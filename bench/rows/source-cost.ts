import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median } from '../harness/statistics.js'
import { accessLines } from '../sides/access-log.js'
import { journalFile } from '../sides/journal-file.js'

/** Each look at the hub costs it some of what is measured. */
const POLL_MS = 250

export const sourceCost: Benchmark = {
  rows: [
    {
      name: 'files-line',
      what: 'processor time of the hub for a line of an access log that it reads, parses and stores, log on',
      unit: 'µs',
      judge: 'value-at-most',
      must: 8,
      aim: 6,
    },
    {
      name: 'journal-entry',
      what: 'the same for an entry of the journal of systemd with 26 fields, without journalctl itself',
      unit: 'µs',
      judge: 'value-at-most',
      must: 20,
      aim: 12,
    },
  ],
  needs: ['systemd-journal-remote'],
  async run(bench) {
    const count = bench.quick ? 100_000 : 400_000
    const folder = bench.folder()
    await mkdir(folder, { recursive: true })
    const file = join(folder, 'access.log')
    await pipeline(accessLines(count), createWriteStream(file))
    const directory = join(folder, 'journal')
    await mkdir(directory)
    const entries = count / 4
    await journalFile(directory, entries)
    const lines = { name: 'bench', lines: [file], from: 'start', parse: 'access' }
    const journal = { name: 'bench', directory, from: 'start' }
    return {
      'files-line': await costOf(bench, 'files', lines, count),
      'journal-entry': await costOf(bench, 'journal', journal, entries),
    }
  },
}

async function costOf(bench: Bench, kind: string, entry: object, count: number): Promise<Figures> {
  const costs: number[] = []
  for (let round = 0; round < bench.rounds; round++) costs.push(await read(bench, kind, entry, count))
  return { value: median(costs), notes: [`${compact(count)} each time: ${costs.map(compact).join(', ')} µs`] }
}

/** A hub reads everything once. What it costs to start one is not part of the figure. */
async function read(bench: Bench, kind: string, entry: object, count: number): Promise<number> {
  const idle = await startedWith(bench, { system: { enabled: false } })
  const hub = await startedWith(bench, { system: { enabled: false }, [kind]: [entry] })
  const client = await connect({ address: hub.address })
  await until(
    'everything is stored',
    async () => {
      const { sources } = await client.request('sources.list', {})
      return (sources.find(({ name }) => name === `${kind}/bench`)?.events ?? 0) >= count
    },
    300,
    POLL_MS,
  )
  const cost = (cpuMicros(hub.pid) - cpuMicros(idle.pid)) / count
  await client.close()
  await Promise.all([hub.stop(), idle.stop()])
  return cost
}

async function startedWith(bench: Bench, sources: object) {
  return bench.sourceHub(JSON.stringify({ sources }))
}
