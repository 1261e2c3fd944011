import { beforeAll, describe, expect, it } from 'vitest'
import { Receiver } from '../sinks/receiver.js'
import { faults, faultsInLooks } from './axe.js'
import { applyFilter, beyond, hold, interceptConnection, placesOf, row } from './page-parts.js'
import { openPage, openSite, page, publish, site } from './shared-console.js'

beforeAll(async () => {
  const receiver = await Receiver.start()
  receiver.answer = 503
  const retry = { pause: '60s', maxPause: '60s' } as const
  const hook = { type: 'webhook', url: receiver.url, filter: 'deploy/', retry } as const
  await openSite({ config: { sinks: { hook } } })
  await publish('salt/job/1/ret/web1', { jid: '1', id: 'web1', fun: 'test.ping', retcode: 1 })
  await publish('deploy/web1/step', { message: 'rolled out', level: 'warning' })
  await site.manage('consumers.create', { name: 'billing', filters: 'salt/', from: 'start' })
  // Runs after the console is closed.
  return () => receiver[Symbol.asyncDispose]()
})

/** Waits until the page has all but its counts. */
async function isWhole(): Promise<void> {
  await page.getByText('fun=test.ping').waitFor()
  await page.locator('.headline').waitFor()
  await page.locator('.connection[data-state="connected"]').waitFor()
}

const looks = [
  { colorScheme: 'dark' },
  { colorScheme: 'light' },
  { colorScheme: 'dark', contrast: 'more' },
  { colorScheme: 'light', contrast: 'more' },
  { forcedColors: 'active' },
] as const

describe('axe finds nothing to complain about', () => {
  it.each(looks)('on the page of events, following and with an event in full: %o', async (look) => {
    await openPage({ path: '/view/events?filter=salt/&filter=deploy/', ...look })
    await page.getByText('fun=test.ping').waitFor()
    if (look === looks[0]) expect.soft(await faults(page), 'following').toEqual([])
    await page.getByText('fun=test.ping').click()
    await page.getByRole('region', { name: /^Event / }).waitFor()
    expect(await faults(page)).toEqual([])
  })

  it.each(looks)('on the page of the bus: %o', async (look) => {
    await openPage({ path: '/view/bus', ...look })
    await page.getByRole('cell', { name: 'billing' }).first().waitFor()
    expect(await faults(page)).toEqual([])
  })

  it('on the page of the bus when it asks, and on its configuration', async () => {
    await openPage({ path: '/view/bus', ...looks[0] })
    await page.getByRole('row', { name: 'billing' }).getByRole('button', { name: 'Rewind' }).click()
    await page.getByText('It will deliver').waitFor()
    expect.soft(await faults(page), 'rewind').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Configuration' }).click()
    await page.getByText('Values in force').waitFor()
    expect(await faults(page), 'configuration').toEqual([])
  })

  it('on a sink that waits and was tested, and in what is done with the log', async () => {
    await openPage({ path: '/view/bus' })
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
    await page.getByRole('button', { name: 'Try now' }).waitFor()
    await press('Test')
    await page.getByText('hook: HTTP 503').waitFor()
    expect.soft(await faultsInLooks(page), 'sinks').toEqual([])
    for (const [name, action] of [
      ['Verify …', 'Verify'],
      ['Compact …', 'Delete'],
    ]) {
      await press(name)
      expect.soft(await faultsInLooks(page, '.sheet'), name).toEqual([])
      await press(action)
      await page.locator('.work[aria-busy="false"] strong').waitFor()
      expect.soft(await faultsInLooks(page, '.sheet'), `${name} done`).toEqual([])
      await page.locator('.sheet .choices').getByRole('button', { name: 'Close' }).click()
    }
  })

  it('on the form for a new token, and on the token', async () => {
    await openPage({ path: '/view/bus?tab=access' })
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByLabel('Name', { exact: true }).waitFor()
    expect.soft(await faultsInLooks(page, '.sheet'), 'form').toEqual([])
    await page.getByLabel('Name', { exact: true }).fill('printer')
    await page.getByRole('button', { name: 'Make the token' }).click()
    await page.locator('.made-token').waitFor()
    expect.soft(await faultsInLooks(page, '.sheet'), 'made').toEqual([])
    await page.getByRole('button', { name: 'Done' }).click()
    await row('printer').waitFor()
    expect.soft(await faultsInLooks(page), 'access').toEqual([])
  })

  it('on a narrow screen, with values, keys and other ways', async () => {
    await openPage({ viewport: { width: 360, height: 740 }, path: '/view/events' })
    await page.getByText('fun=test.ping').waitFor()
    expect.soft(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'Values' }).click()
    expect.soft(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Share' }).click()
    expect.soft(await faults(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    expect.soft(await faults(page)).toEqual([])
  })

  it('when there is nothing, or a mistake in the filter', async () => {
    await openPage({ path: '/view/events?filter=nothing/' })
    await applyFilter('where data.')
    await page.locator('#filter-problem:not(:empty)').waitFor()
    expect.soft(await faults(page)).toEqual([])
  })

  it.each(looks)('on the page of the login: %o', async (look) => {
    await openPage({ as: 'nobody', ...look })
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    expect(await faults(page)).toEqual([])
  })
})

describe('the page', () => {
  it('shows with the colours of the system which event is selected', async () => {
    await openPage({
      path: '/view/events?filter=salt/&filter=deploy/',
      forcedColors: 'active',
    })
    await page.getByText('fun=test.ping').click()
    const colourOf = (row: string) =>
      page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(row)})).backgroundColor`)
    await page.locator('.row[aria-selected="true"]').waitFor()
    expect(await colourOf('.row[aria-selected="true"]')).not.toBe(
      await colourOf('.row:not([aria-selected="true"])'),
    )
  })

  it('needs no more room for saying that the connection is lost, and does not say that nothing matches', async () => {
    await openPage({ viewport: { width: 360, height: 740 }, path: '/view/events' })
    await page.routeWebSocket(/\/v1\/ws/, (socket) => void socket.close())
    await page.goto(`${site.url}/view/events`)
    await page.locator('.middle > .problem').waitFor()
    await page.locator('.connection[data-state="lost"]').waitFor()
    expect(await beyond()).toBe(0)
    const pause = (await page.locator('.time-bar button').last().boundingBox())!
    expect(pause.x + pause.width).toBeLessThanOrEqual(360)
    expect(await page.getByText('No event matches').count()).toBe(0)
  })

  it('does not call the list live while the connection is lost, nor does its tab', async () => {
    await openPage({ path: '/view/events' })
    const connection = await interceptConnection()
    await page.goto(`${site.url}/view/events`)
    const live = page.locator('.time-bar .state[data-state="live"]')
    await live.waitFor()
    await connection.cut()
    await page.getByText('not live').waitFor()
    expect(await live.count()).toBe(0)
    await expect.poll(() => page.title()).toBe('○ Events')
    connection.restore()
    await live.waitFor()
    await expect.poll(() => page.title()).toBe('● Events')
  })

  it('shows a dialog above the page, also as the first thing that needs its styles', async () => {
    await openPage({ viewport: { width: 360, height: 740 }, path: '/view/events' })
    await isWhole()
    const places = await placesOf('[role="grid"]')
    await page.keyboard.press('?')
    const dialog = (await page.getByRole('dialog', { name: 'Keys' }).boundingBox())!
    expect(dialog.x).toBeGreaterThan(0)
    expect(dialog.x + dialog.width).toBeLessThan(360)
    expect(dialog.y + dialog.height).toBeLessThan(740)
    expect(await places()).toHaveLength(1)
  })

  it.each([360, 420, 640, 900, 1024, 1440])(
    '%i pixels wide, does not move the list for counts that come later, nor when it is stopped',
    async (width) => {
      await openPage({ as: 'nobody', viewport: { width, height: 740 } })
      const showCounts = await hold(/events\.(histogram|facets)/)
      await page.goto(site.link('/view/events'))
      await isWhole()
      const places = await placesOf('[role="grid"]')
      showCounts()
      await page.locator('.histogram svg').waitFor()
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.locator('.time-bar [aria-pressed="true"]').waitFor()
      expect(await places()).toHaveLength(1)
    },
  )

  it.each([360, 640, 1024])(
    '%i pixels wide, does not move its content when it is connected',
    async (width) => {
      await openPage({ as: 'nobody', viewport: { width, height: 740 } })
      const connect = await hold('**/v1/ticket')
      await page.goto(site.link('/view/events'))
      await page.locator('.headline').waitFor()
      await page.locator('.connection[data-state="connecting"]').waitFor()
      const places = await placesOf('.page')
      connect()
      await page.locator('.connection[data-state="connected"]').waitFor()
      expect(await places()).toHaveLength(1)
    },
  )

  it.each([640, 1024])('%i pixels wide, has room for the sentence about the hub', async (width) => {
    await openPage({ as: 'nobody', viewport: { width, height: 740 } })
    const showHealth = await hold('**/v1/hub.health')
    await page.goto(site.link('/view/events'))
    await page.getByText('fun=test.ping').waitFor()
    const places = await placesOf('.page')
    showHealth()
    await page.locator('.headline').waitFor()
    expect(await places()).toHaveLength(1)
  })

  it.each([360, 640, 900, 1024, 1440])('needs no more room than %i pixels', async (width) => {
    await openPage({ viewport: { width, height: 740 }, path: '/view/events' })
    await page.getByText('fun=test.ping').waitFor()
    expect(await beyond()).toBe(0)
    await page.goto(`${site.url}/view/bus`)
    await page.getByText('last flush').waitFor()
    expect(await beyond('.bus')).toBe(0)
  })
})
