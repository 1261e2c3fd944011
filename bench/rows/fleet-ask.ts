import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { pause, seconds, until } from '../harness/clock.js'
import { anonymousKilobytes } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'
import type { EdgesOptions } from '../roles/edges.js'
import type { LightEdgesOptions } from '../roles/light-edges.js'
import { writeCertificate } from '../sides/certificate.js'
import { freePort, newToken } from '../sides/network.js'

/** Edge hubs of which some have a real log; the others answer as one with three events does. */
interface Fleet {
  light: number
  real: number
  events: number
}

const WHOLE: Fleet = { light: 9_900, real: 100, events: 100_000 }
const QUICK: Fleet = { light: 990, real: 10, events: 20_000 }
const REAL_PROCESSES = 2

export const fleetAsk: Benchmark = {
  rows: [
    {
      name: 'fleet-ask-first',
      what: 'first 100 events of 10,000 edge hubs (quick: 1,000) attached over TLS, in order',
      unit: 's',
      judge: 'value-at-most',
      must: 1,
      aim: 0.5,
    },
    {
      name: 'fleet-ask-count',
      what: 'a count over all of them, of which 100 have logs of 100,000 events (quick: 10 of 20,000)',
      unit: 's',
      judge: 'value-at-most',
      must: 10,
      aim: 3,
    },
    {
      name: 'fleet-attach',
      what: 'from the restart of a core until all of them are attached again',
      unit: 's',
      judge: 'value-at-most',
      must: 60,
      aim: 20,
    },
    {
      name: 'fleet-attach-memory',
      what: 'anonymous memory of the core for each attached edge hub',
      unit: 'KB',
      judge: 'value-at-most',
      must: 60,
      aim: 40,
    },
  ],
  async run(bench) {
    const fleet = bench.quick ? QUICK : WHOLE
    const folder = bench.folder()
    const port = await freePort()
    const { config, ca } = await secureListener(folder, port)
    const start = () => bench.hub(config, folder)
    let core = await start()
    const token = await newToken(core.address)
    const light = await bench.child('light-edges', {
      address: { port, token, ca },
    } satisfies LightEdgesOptions)
    await light.call('add', 100)
    await pause(1)
    const before = anonymousKilobytes(core.pid)
    await light.call('add', fleet.light - 100)
    await pause(2)
    const memory = (anonymousKilobytes(core.pid) - before) / (fleet.light - 100)
    await startReal(bench, folder, { port, token, ca }, fleet)
    const isAttached = async () => (await light.call<number>('open')) === fleet.light
    await until('all are attached', isAttached, 60, 50)
    const client = await connect({ address: core.address })
    const figures = await asked(client, fleet)
    await client.close()

    await core.stop()
    core = await start()
    const restarted = seconds()
    await until('all are attached again', isAttached, 120, 50)
    const attached = seconds() - restarted
    await light.call('end')
    return { ...figures, 'fleet-attach': { value: attached }, 'fleet-attach-memory': { value: memory } }
  },
}

async function secureListener(folder: string, port: number): Promise<{ config: string; ca: string }> {
  const { certificate, key, ca } = await writeCertificate(folder)
  const config =
    `listen:\n  tcp: { address: '127.0.0.1:${port}', tls: true }\n` +
    `  tls: { certificate: '${certificate}', key: '${key}' }\nlimits: { connections: 20000 }\n`
  return { config, ca }
}

/** Starts the edge hubs with logs of their own. */
async function startReal(
  bench: Bench,
  folder: string,
  { port, token, ca }: { port: number; token: string; ca: string },
  { real, events }: Fleet,
): Promise<void> {
  const [tokenFile, caFile] = [join(folder, 'token'), join(folder, 'ca.pem')]
  writeFileSync(tokenFile, token)
  writeFileSync(caFile, ca)
  const hubs = real / REAL_PROCESSES
  for (let n = 0; n < REAL_PROCESSES; n++) {
    const options: EdgesOptions = {
      address: `tls://127.0.0.1:${port}`,
      ...{ token, tokenFile, ca: caFile, hubs, name: `real${n}`, answers: true, data: bench.folder() },
    }
    const child = await bench.child('edges', options)
    await until('all are linked', async () => (await child.call<number>('linked')) === hubs, 60)
    for (let left = events; left > 0; left -= 10_000) await child.call('forward', Math.min(left, 10_000))
  }
}

async function asked(client: Client, { light, real }: Fleet) {
  const first: number[] = []
  const count: number[] = []
  const edges = { edges: '*', timeout: 60_000 }
  for (let round = 0; round < 5; round++) {
    const began = seconds()
    const page = await client.request('events.read', { ...edges, limit: 100 })
    first.push(seconds() - began)
    if (page.count !== 100 || page.asked?.answered !== light + real)
      throw new Error(`${page.count} events, ${page.asked?.answered} answered`)
    const asked = seconds()
    const sum = await client.request('events.histogram', { ...edges, from: 'start', to: 'now', buckets: 1 })
    count.push(seconds() - asked)
    if (sum.asked?.answered !== light + real) throw new Error(`${sum.asked?.answered} have counted`)
  }
  return { 'fleet-ask-first': { value: median(first) }, 'fleet-ask-count': { value: median(count) } }
}
