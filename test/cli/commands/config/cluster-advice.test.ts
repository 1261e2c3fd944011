import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { adviceOn } from '../../../../src/cli/commands/config/advice.js'
import { hubConfig } from '../../../../src/hub/config/index.js'

type WrittenConfig = z.input<typeof hubConfig>

const shared: WrittenConfig = { log: { engine: 'jetstream' as never }, cluster: { name: 'hub1' } }

function adviceFor(edge: string | undefined, more: WrittenConfig = shared) {
  const upstreams = [{ name: 'core', servers: ['tls://core.example:4581'], ...(edge && { edge }) }]
  return adviceOn(hubConfig.parse({ ...more, upstreams }))
}

test('a cluster that forwards under no name of its own is told the one that it has', () => {
  const text = (stream: string) =>
    `upstreams (core): the hubs of this cluster are one edge hub there, named ${stream} after nats.stream; edge gives it a name of its own`
  expect(adviceFor(undefined)).toEqual([text('TOCSIN')])
  expect(adviceFor(undefined, { ...shared, nats: { stream: 'WEST' } })).toEqual([text('WEST')])
  expect(adviceFor('west')).toEqual([])
})

test.each(['hub1', hostname()])('an edge hub with the name %s of one of the hubs is warned of', (edge) => {
  expect(adviceFor(edge)).toEqual([
    `upstreams (core): the hubs of this cluster are one edge hub there, and edge ${edge} is the name of one of them; give all hubs the same edge`,
  ])
})

test('a hub with a log of its own may have its own name, or none', () => {
  for (const edge of [undefined, hostname()]) expect(adviceFor(edge, {})).toEqual([])
})

const broker = { name: 'plant', broker: 'mqtt.example:8883', secure: true }
const device = { name: 'r1', user: 'ann', passwordFile: '/etc/p', hostKey: `SHA256:${'a'.repeat(43)}` }

test('sources that would publish the same at each hub of a cluster are warned of by name', () => {
  const sources = {
    mqtt: [{ ...broker, topics: ['rooms/#'] }],
    netconf: [{ ...device, host: 'r1.example' }],
  }
  expect(adviceOn(hubConfig.parse({ ...shared, sources }))).toEqual([
    expect.stringMatching(/^sources\.mqtt \(plant\): each hub of the cluster connects, .* once: true/),
    expect.stringMatching(/^sources\.netconf \(r1\): /),
  ])
  expect(adviceOn(hubConfig.parse({ sources }))).toEqual([])
})

test('those that run once, that share what they receive, and that are called by one device are not', () => {
  const sources = {
    mqtt: [
      { ...broker, topics: ['rooms/#'], once: true },
      { ...broker, name: 'shared', topics: ['$share/hubs/rooms/#'] },
    ],
    netconf: [{ ...device, callHome: true }],
  }
  expect(adviceOn(hubConfig.parse({ ...shared, sources }))).toEqual([])
})
