import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { TestHub } from '../../src/hub/testing.js'
import type { ClusterOverview, ClusterReport } from '../../src/methods/contract/index.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { launchChromium } from '../helpers/chromium.js'
import { type ClusterHub, startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { faultsInLooks } from './axe.js'
import { OpenConsole } from './open-console.js'

// Hubs of a busy machine may lose and win the lease some times before they get on.
vi.setConfig({ testTimeout: 180_000 })
const LONG = { timeout: 60_000 }

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server?.stop())

const settings = { principals: { otto: { monitor: true, see: 'hub/' } } }

/** The console of one hub of a cluster. */
async function consoleOf({ hub, client }: ClusterHub): Promise<OpenConsole> {
  const http = hub.listeners.find(({ face }) => face === 'http')!.address
  const browser = await launchChromium()
  const part = { hub, http, connect: client, close: async () => {} } as unknown as TestHub
  const site = new OpenConsole(part, browser)
  onTestFinished(() => site[Symbol.asyncDispose]())
  return site
}

test('the part of the cluster shows its hubs and what happens to them, and lets the primary step down', async () => {
  const first = await startClusterHub(server.address, 'console', 'oslo', '15s', settings, true)
  await startClusterHub(server.address, 'console', 'bergen', '15s', settings)
  const site = await consoleOf(first)
  const status = () => site.manage<ClusterReport>('cluster.status', {})
  let before: string | undefined
  const isWhole = async () => {
    const { nodes, primary } = await status()
    before = primary
    return nodes.length === 2 && primary !== undefined
  }
  await expect.poll(isWhole, LONG).toBe(true)
  const after = before === 'oslo' ? 'bergen' : 'oslo'

  const page = await site.newPage({ path: '/view/bus' })
  const cluster = page.getByRole('region', { name: 'Cluster', exact: true })
  const row = (table: string, text: RegExp) =>
    cluster.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text })
  await row('Cluster', new RegExp(`${before}.*primary`)).waitFor()
  await row('Cluster', new RegExp(`${after}.*follower`)).waitFor()
  await row('What has happened', /arrived.*bergen has arrived/).waitFor()
  expect(await faultsInLooks(page, '[aria-label="Cluster"]')).toEqual([])

  await cluster.getByRole('button', { name: 'Step down' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Let another hub be the primary?').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect((await status()).primary).toBe(before)
  await cluster.getByRole('button', { name: 'Step down' }).click()
  await dialog.getByRole('button', { name: 'Step down' }).click()
  await page.getByText(`${after} is the primary now.`).waitFor(LONG)
  await row('Cluster', new RegExp(`${after}.*primary`)).waitFor(LONG)
  await row('What has happened', new RegExp(`primary.*${after} is the primary, in term`))
    .first()
    .waitFor(LONG)
  await page.context().close()

  const { token } = await site.manage<{ token: string }>('tokens.add', { name: 'look', principal: 'otto' })
  const other = await site.newPage({ path: '/view/bus', as: token })
  const seen = other.getByRole('region', { name: 'Cluster', exact: true })
  await seen.getByText('bergen has arrived').first().waitFor(LONG)
  expect(await seen.getByRole('button').count()).toBe(0)
})

test('subscribers of all hubs are shown with their hub, one hub can be chosen, and a dead one is named', async () => {
  const first = await startClusterHub(server.address, 'views', 'oslo', '15s', settings, true)
  const second = await startClusterHub(server.address, 'views', 'bergen', '15s', settings)
  const site = await consoleOf(first)
  const overview = () => site.manage<ClusterOverview>('cluster.overview', {})
  await expect
    .poll(async () => (await overview()).hubs.map(({ hub }) => hub), LONG)
    .toEqual(['bergen', 'oslo'])
  const client = await second.client()
  await client.subscribe('deploy/').ready()

  const page = await site.newPage({ path: '/view/bus' })
  const subscribers = page.getByRole('region', { name: 'Subscribers' })
  const cluster = page.getByRole('region', { name: 'Cluster', exact: true })
  const row = (text: RegExp) => subscribers.getByRole('row').filter({ hasText: text })
  await row(/bergen.*deploy\//).waitFor(LONG)
  await subscribers.getByRole('columnheader', { name: 'Hub' }).waitFor()
  await page.getByRole('region', { name: 'Hub · oslo' }).waitFor()
  expect(await faultsInLooks(page, '.bus')).toEqual([])

  await page.getByRole('combobox', { name: 'Hub' }).selectOption('bergen')
  await page.getByRole('region', { name: 'Hub · bergen' }).waitFor(LONG)
  await subscribers.getByRole('columnheader', { name: 'Hub' }).waitFor({ state: 'detached' })
  await row(/deploy\//).waitFor()
  await expect.poll(() => new URL(page.url()).searchParams.get('hub')).toBe('bergen')
  await page.getByRole('combobox', { name: 'Hub' }).selectOption('All hubs')

  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  const record = { id: 'x', name: 'tromso', address: 'unix:/x', version: '0.1.0', position: 0, term: 0 }
  link.publish('$KV.views_members.x', Buffer.from(JSON.stringify(record)))
  await subscribers.getByText('Those of tromso are missing').waitFor(LONG)
  await cluster.getByText(/tromso has not been heard of for/).waitFor(LONG)
  expect(await faultsInLooks(page, '.bus')).toEqual([])
})
