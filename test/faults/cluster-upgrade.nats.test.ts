import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { main, root } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import {
  type Cluster,
  expectWhole,
  firing,
  flows,
  newCluster,
  type RunningHub,
  stateOf,
  until,
  withClient,
} from './cluster-tools.js'
import { Roamers } from './roamers.js'

let cluster: Cluster
let previous: string

beforeAll(async () => {
  requireTool('current nats-server')
  previous = process.env.TOCSIN_PREVIOUS_MAIN ?? olderCopy()
  cluster = newCluster({ program: previous })
  await cluster.start()
})
afterAll(async () => {
  await cluster?.stop()
  if (process.env.TOCSIN_PREVIOUS_MAIN === undefined && previous !== undefined)
    rmSync(packageOf(previous), { recursive: true, force: true })
})

/** This build with a lower number: a clone need not contain the commits that an older build is made of. */
function olderCopy(): string {
  const folder = temporaryFolder('previous')
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, version: '0.0.9' }))
  return join(folder, 'dist/bundle/main.js')
}

function packageOf(program: string): string {
  return join(dirname(program), '../..')
}

function versionOf(program: string): string {
  return JSON.parse(readFileSync(join(packageOf(program), 'package.json'), 'utf8')).version
}

/** The version of each hub, as a hub says, without the digest of the program. */
async function versionsAt(hub: RunningHub): Promise<Record<string, string>> {
  const { nodes } = await stateOf(hub)
  return Object.fromEntries(nodes.map(({ name, version }) => [name, version.replace(/\+.*/, '')]))
}

test('three hubs are replaced by those of another version one by one, and nothing is lost or refused', {
  timeout: 240_000,
}, async () => {
  const { hubs } = cluster
  const [before, after] = [previous, main].map(versionOf)
  const expected = Object.fromEntries(hubs.map(({ name }) => [name, before]))
  await expect.poll(() => versionsAt(hubs[0])).toEqual(expected)
  const traffic = await firing(hubs)
  await using roamers = await Roamers.start('roam', hubs)

  const primary = await until(() => cluster.primary(), 'a hub is the primary')
  for (const hub of [...hubs.filter((each) => each !== primary), primary]) {
    if (hub === primary) await withClient(hub, (client) => client.request('cluster.stepDown', {}))
    await hub.kill('SIGTERM')
    await cluster.startHub(hub, main)
    expected[hub.name] = after
    for (const each of hubs) await expect.poll(() => versionsAt(each)).toEqual(expected)
    await flows(traffic, hubs)
  }

  await expectWhole(traffic, hubs)
  expect(traffic.refused).toEqual([])
  await roamers.expectWhole()
})
