import type { Route } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConsumerInfo, ParkedInfo } from '../../src/methods/contract/index.js'
import { dialog, panel, rowIn } from './page-parts.js'
import { openBus, openPage, openSite, page, publish, site, tokenOf } from './shared-console.js'

beforeAll(async () => {
  await openSite({
    config: {
      principals: {
        ann: { see: 'work/', consume: ['billing'] },
        otto: { monitor: true },
      },
    },
  })
  for (let n = 0; n < 5; n++) await publish(`work/order/${n}`, { n })
})

/** A consumer of all orders that was never connected. */
async function addConsumer(name: string): Promise<void> {
  await site.manage('consumers.create', { name, filters: 'work/', from: 'start' })
}

/** Parks the first order. */
async function park(consumer: string, reason: string): Promise<void> {
  const client = await site.hub.connect()
  const subscription = client.subscribe('work/', { consumer, from: 'start' })
  for await (const event of subscription.events()) {
    subscription.ack(event, 'park', { reason })
    break
  }
  await expect
    .poll(
      async () => (await site.manage<{ parked: ParkedInfo[] }>('parked.list', { consumer })).parked.length,
    )
    .toBeGreaterThan(0)
  await client.close()
}

describe('the page of the bus', () => {
  it('shows who listens, with filter and lag, and what the log keeps', async () => {
    const client = await site.hub.connect({ name: 'watcher' })
    const subscription = client.subscribe(['work/', 'other/'])
    await subscription.ready()
    await openBus()
    await rowIn('Subscribers', 'other/')
      .getByText(/^\((work\/ \| other\/|other\/ \| work\/)\)$/)
      .waitFor()
    await panel('Log').getByText('segments').waitFor()
    await panel('Hub').getByText('publishers').waitFor()
    await panel('Rules').getByText('No rule is configured.').waitFor()
    await panel('Figures of the last hour')
      .getByRole('img', { name: /^in over the last/ })
      .waitFor()
    await page.getByLabel('Search subscribers').fill('nobody has this')
    await panel('Subscribers').getByText('Nobody listens.').waitFor()
    await client.close()
  })

  it('says how many events a rewind delivers before it moves the consumer, and moves it to just there', async () => {
    await addConsumer('rewound')
    await site.manage('consumers.seek', { name: 'rewound', to: 'now' })
    const [before] = (await site.manage<{ consumers: ConsumerInfo[] }>('consumers.list', {})).consumers
    await openBus()
    await rowIn('Durable consumers', 'rewound').getByRole('button', { name: 'Rewind' }).click()
    await dialog().getByRole('button', { name: 'start' }).click()
    await dialog().getByText('It will deliver 5 events.').waitFor()
    const [untouched] = (await site.manage<{ consumers: ConsumerInfo[] }>('consumers.list', {})).consumers
    expect(untouched.cursor).toBe(before.cursor)
    await dialog().getByRole('button', { name: 'Rewind' }).click()
    await page.getByText('rewound was moved: 5 events to deliver.').waitFor()
  })

  it('says how many events a move forward leaves out', async () => {
    await addConsumer('skipping')
    await openBus()
    await rowIn('Durable consumers', 'skipping').getByRole('button', { name: 'Rewind' }).click()
    await dialog().getByRole('button', { name: 'now' }).click()
    await dialog().getByText('It will deliver 0 events.').waitFor()
    await dialog().getByText('It will not get 5 events that it has not settled.').waitFor()
  })

  it('says why a position is none, and does not move the consumer', async () => {
    await addConsumer('unmoved')
    await openBus()
    await rowIn('Durable consumers', 'unmoved').getByRole('button', { name: 'Rewind' }).click()
    await dialog().getByText('It will deliver').waitFor()
    await dialog().getByLabel('To').fill('the day before')
    await dialog().locator('.problem').waitFor()
    expect(await dialog().getByRole('button', { name: 'Rewind' }).isDisabled()).toBe(true)
  })

  it('moves a consumer once, however often the button is clicked', async () => {
    await addConsumer('once')
    await openBus()
    const moves: unknown[] = []
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/v1/consumers.seek', async (route) => {
      const params = route.request().postDataJSON() as { dryRun?: boolean }
      if (params.dryRun !== true) {
        moves.push(params)
        await answered
      }
      await route.continue()
    })
    await rowIn('Durable consumers', 'once').getByRole('button', { name: 'Rewind' }).click()
    await dialog().getByText('It will deliver').waitFor()
    await dialog().getByRole('button', { name: 'Rewind' }).dblclick()
    await expect.poll(() => moves).not.toEqual([])
    answer()
    await page.getByText('once was moved').waitFor()
    expect(moves).toHaveLength(1)
  })

  it('delivers a parked event again, which stays until it is acknowledged', async () => {
    await addConsumer('orders')
    await park('orders', 'the amount is not a number')
    await openBus()
    await rowIn('Parked events', 'the amount is not a number').waitFor()
    await rowIn('Parked events', 'work/order/0').getByRole('button', { name: 'Deliver again' }).click()
    await page.getByText('1 event will be delivered again').waitFor()
    await rowIn('Parked events', 'work/order/0').getByRole('button', { name: 'Deliver again' }).click()
    await page.getByText('No further event will be delivered').waitFor()
    await panel('Parked events').getByRole('button', { name: 'orders: All again' }).click()
    await dialog().getByText('Deliver 1 parked event to orders again?').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await rowIn('Parked events', 'work/order/0').getByRole('button', { name: 'Delete' }).click()
    await dialog().getByText('Delete the parked event work/order/0?').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    const { parked } = await site.manage<{ parked: ParkedInfo[] }>('parked.list', { consumer: 'orders' })
    expect(parked).toHaveLength(1)
  })

  it('shows the parked events of one consumer only, which is in the address', async () => {
    for (const name of ['many', 'few']) {
      await addConsumer(name)
      await park(name, `by ${name}`)
    }
    await openBus()
    const parked = (name: string) => rowIn('Parked events', `by ${name}`)
    await parked('many').waitFor()
    await rowIn('Durable consumers', 'few').getByRole('link', { name: '1 parked by few' }).click()
    await parked('many').waitFor({ state: 'detached' })
    await expect.poll(() => new URL(page.url()).search).toBe('?parked=few')
    await page.reload()
    await parked('few').waitFor()
    expect(await parked('many').count()).toBe(0)
    await panel('Parked events').getByRole('link', { name: 'few only' }).click()
    await parked('many').waitFor()
  })

  it('lists tokens with their rights, and revokes one only when asked twice', async () => {
    await site.manage('tokens.add', { name: 'short-lived', principal: 'ann' })
    await openPage({ path: '/view/bus?tab=access' })
    await rowIn('Tokens', 'short-lived').getByText('see work/ · consume billing').waitFor()
    await rowIn('Tokens', 'short-lived').getByRole('button', { name: 'Revoke' }).click()
    await dialog().getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('short-lived is revoked.').waitFor()
    await rowIn('Tokens', 'short-lived').waitFor({ state: 'detached' })
    // The button that had the focus is gone.
    const focused =
      'document.activeElement.ariaLabel + " " + getComputedStyle(document.activeElement).outlineStyle'
    await expect.poll(() => page.evaluate(focused)).toBe('Tokens none')
  })
})

describe('what the page of the bus shows of the hub', () => {
  /** Opens the page when it is prepared: it asks at once. */
  async function openPrepared(prepare: () => Promise<unknown>): Promise<void> {
    await openPage()
    await prepare()
    await page.getByRole('link', { name: 'Bus', exact: true }).click()
    await page.locator('[data-ready]').waitFor()
  }

  const changed =
    (change: (answer: Record<string, object>) => object) =>
    async (route: Route): Promise<void> => {
      const answer = await route.fetch()
      if (!answer.ok()) return route.fulfill({ response: answer })
      await route.fulfill({ response: answer, json: change(await answer.json()) })
    }

  it('is the history, asked for once as a whole and then from where it ended', async () => {
    const asked: number[] = []
    const now = Date.now() * 1000
    const samples = [30, 20, 10].map((ago) => ({
      time: now - ago * 1e6,
      accepted: 1,
      delivered: 1,
      flushMicros: 1000,
      memory: 1e6,
    }))
    await openPrepared(() =>
      page.route('**/v1/hub.history', async (route) => {
        const { since } = route.request().postDataJSON() as { since: number }
        asked.push(since)
        await route.fulfill({ json: { samples: samples.filter(({ time }) => time > since) } })
      }),
    )
    const line = page.getByRole('img', { name: /^memory over the last/ }).locator('polyline')
    const points = async () => (await line.getAttribute('points'))?.split(' ').length
    await expect.poll(points).toBe(3)
    const end = now - 5 * 1e6
    samples.push({ ...samples[0], time: end })
    await page.getByRole('link', { name: 'Events', exact: true }).click()
    await page.getByRole('link', { name: 'Bus', exact: true }).click()
    await expect.poll(points).toBe(4)
    expect(asked.slice(0, 2)).toEqual([0, now - 10 * 1e6])
  })

  it('is how many events the log has, also when it does not know since when', async () => {
    await openPrepared(() =>
      page.route(
        '**/v1/hub.status',
        changed((status) => {
          const log = {
            ...status.log,
            first: 1,
            last: 1000,
            lost: [{ from: 11, to: 990 }],
            firstTime: undefined,
          }
          return { ...status, log }
        }),
      ),
    )
    await panel('Log').getByText('20', { exact: true }).waitFor()
    expect(await panel('Log').getByText('The log is empty.').count()).toBe(0)
  })

  it('is as many rows of a long list as it says', async () => {
    const names = Array.from({ length: 600 }, (_, nth) => `consumer${nth}`)
    const fields = { filter: '{"all":[]}', cursor: 'a-1', lagEvents: 0, lagMicros: 0, pending: 0, parked: 0 }
    const consumers = names.map((name) => ({ ...fields, name, connections: 0, created: 0 }))
    await openPrepared(() =>
      page.route('**/v1/consumers.list', (route) => route.fulfill({ json: { consumers } })),
    )
    const list = panel('Durable consumers')
    await list.getByRole('button', { name: 'Show 500 of 600' }).click()
    await rowIn('Durable consumers', 'consumer499').waitFor()
    expect(await list.locator('tbody tr').count()).toBe(500)
  })

  it('is the name of a program with what is hidden in it', async () => {
    await using client = await site.hub.connect({ name: 'tail\u202egpj' })
    await using subscription = client.subscribe('work/')
    await subscription.ready()
    await openBus()
    await panel('Subscribers').getByText('tail\\u{202e}gpj').waitFor()
  })

  it('is what happens in the cluster, also after a log-out that did not work', async () => {
    const nats = { server: 'nats', version: '2', stream: 'tocsin', notes: [] }
    await openPrepared(async () => {
      await page.route(
        '**/v1/hub.status',
        changed((status) => ({ ...status, cluster: {} })),
      )
      const cluster = { nodes: [], nats }
      await page.route('**/v1/cluster.status', (route) => route.fulfill({ json: cluster }))
      const overview = { cluster, hubs: [], problems: [] }
      await page.route('**/v1/cluster.overview', (route) => route.fulfill({ json: overview }))
      await page.route('**/v1/session', (route) => route.fulfill({ status: 403, json: {} }))
    })
    await panel('Cluster').getByText('Nothing yet that you may see.').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText('You are still logged in.').waitFor()
    await publish('hub/ha/drill', {})
    await rowIn('Cluster', 'drill').waitFor()
  })
})

describe('somebody who may not do everything', () => {
  it('sees which right a part takes, and the rest', async () => {
    await addConsumer('billing')
    await addConsumer('secret')
    await openBus(await tokenOf('ann'))
    await rowIn('Durable consumers', 'billing').waitFor()
    await rowIn('Durable consumers', 'secret').waitFor({ state: 'detached' })
    await page.getByText('It takes the right monitor.').waitFor()
    for (const name of ['Subscribers', 'Sources', 'Sinks', 'Rules', 'Log', 'Hub'])
      expect(await panel(name).count(), name).toBe(0)
    await page.getByRole('link', { name: 'Configuration' }).click()
    await panel('Values in force').getByText('It takes the right admin.').waitFor()
    for (const role of ['searchbox', 'checkbox'] as const)
      expect(await panel('Values in force').getByRole(role).count(), role).toBe(0)
  })

  it('sees with the right to monitor how the hub is, but changes nothing', async () => {
    await openBus(await tokenOf('otto'))
    await panel('Log').getByText('segments').waitFor()
    await page.getByRole('link', { name: 'Access' }).click()
    await panel('Tokens').getByText('It takes the right admin.').waitFor()
    expect(await page.getByRole('button', { name: 'Revoke' }).count()).toBe(0)
  })
})
