/**
 * A hub with a past of half an hour, which goes on: events of this host, of a simulated fleet, of a Salt bus by Salt's
 * own wire, and of SCTP associations as a kernel has reported them.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { join } from 'node:path'
import { HOST_LABELS } from '../../dist/cli/commands/demo/fleet.js'
import { demoTypes } from '../../dist/cli/commands/demo/types.js'
import { connect } from '../../dist/client/index.js'
import { serve } from '../../dist/hub/serve.js'
import { Fleet } from './fleet.mjs'
import { writePast } from './past.mjs'
import { consumers, listeners, parked, saltJob, sctp, spans, sysadmJob } from './stories.mjs'

const HOSTS = 40
const ALL_HOSTS = 3000
const TICK_MS = 100
const RATE = 14

/** Pictures show no name of the machine that has taken them. */
os.hostname = () => 'web1'
syncBuiltinESMExports()

export async function openScene({ minutes = 30 } = {}) {
  const folder = mkdtempSync(join(os.tmpdir(), 'tocsin-'))
  const places = {
    folder,
    socket: join(folder, 'tocsin.sock'),
    data: join(folder, 'data'),
    salt: join(folder, 'salt'),
    config: join(folder, 'tocsin.yaml'),
  }
  mkdirSync(places.salt)
  writeFileSync(places.config, JSON.stringify(configOf(places), null, 2))
  const fleet = new Fleet(1, HOSTS)
  const crowd = new Fleet(2, ALL_HOSTS)
  await writePast({ ...places, fleet, crowd, minutes, rate: RATE, types: demoTypes })
  const hub = await serve({ config: places.config, data: places.data, types: demoTypes })
  const client = await connect({ address: places.socket, name: 'deploy@ci' })
  const stage = { ...places, client }
  await consumers(stage)
  const shown = {
    job: await saltJob(stage),
    ...(await sctp(stage)),
    trace: await spans(stage),
    sysadm: await sysadmJob(stage),
  }
  await parked(stage)
  const listening = await listeners(stage)
  const ticking = setInterval(() => {
    for (let due = (RATE * TICK_MS) / 1000; due > Math.random(); due--) {
      const { tag, data, source } = fleet.next()
      void client.publish(tag, data, { source }).catch(() => {})
    }
  }, TICK_MS)
  return {
    ...shown,
    link: () => hub.loginLink(),
    async close() {
      clearInterval(ticking)
      await Promise.all(listening.map((each) => each.close()))
      await client.close()
      await hub.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configOf({ folder, socket, salt }) {
  return {
    listen: { unix: [{ path: socket }], http: '127.0.0.1:0' },
    salt: [{ bus: 'master', sockDir: salt }],
    hosts: { labels: HOST_LABELS },
    log: { retention: { bytes: '2GiB', age: '30d' } },
    sources: { syslog: [{ name: 'network', udp: '127.0.0.1:0' }] },
    principals: {
      operators: { see: '*', publish: ['ops/'], consume: ['billing', 'audit'] },
      grafana: { monitor: true },
      shop: { see: ['deploy/shop/'], publish: ['deploy/shop/'] },
    },
    rules: {
      'failed-job': {
        filter: 'salt/job/*/ret/*',
        where: 'data.retcode > 0',
        by: 'data.id',
        fire: { tag: 'alert/salt/$' + '{data.id}', data: { jid: '$' + '{data.jid}' } },
      },
    },
    sinks: {
      archive: { type: 'file', path: join(folder, 'archive.ndjson'), filter: ['deploy/', 'alert/'] },
      oncall: { type: 'webhook', url: 'http://127.0.0.1:9/page', filter: 'alert/' },
    },
  }
}
