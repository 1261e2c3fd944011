import { beforeAll, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { folderOfTypes } from './known-types.js'
import { inAddress, row } from './page-parts.js'
import { openPage, openSite, page, site, tokenOf } from './shared-console.js'

beforeAll(async () => {
  const folder = folderOfTypes(/^salt\.job\./)
  await openSite({ config: { types: { folder }, principals: { ann: { see: 'deploy/' } } } })
})

async function publish(tag: string, data: unknown, attributes?: Record<string, string>): Promise<string> {
  await using client = await site.hub.connect()
  const { cursor } = await client.publish(tag, data, { attributes })
  return cursor!
}

const seqOf = (cursor: string) => cursor.slice(cursor.indexOf('-') + 1)

async function openEvent(cursor: string, as?: string): Promise<void> {
  await openPage({ path: `/view/events?event=${cursor}`, as })
  await page.getByRole('region', { name: /^Event / }).waitFor()
}

const tab = (name: string) => page.getByRole('tab', { name, exact: true })
const lines = () => page.getByRole('tabpanel').getByRole('listitem')
const line = (text: string) => lines().filter({ hasText: text })

describe('the tab of an event', () => {
  it('is in the address while the event is open, and stays for the next one', async () => {
    const isChosen = async (name: string, tab: string[]) => {
      await page.getByRole('tab', { name, selected: true }).waitFor()
      await expect.poll(() => inAddress('tab')).toEqual(tab)
    }
    const cursor = await publish('tabs/a', { n: 1 })
    await publish('tabs/b', { n: 2 })
    await openEvent(cursor)
    await isChosen('Tree', [])
    await tab('Hex').click()
    await isChosen('Hex', ['hex'])
    await page.reload()
    await page.getByRole('region', { name: /^Event / }).waitFor()
    await isChosen('Hex', ['hex'])
    await page.keyboard.press('Escape')
    await expect.poll(() => inAddress('tab')).toEqual([])
    await row('tabs/b').click()
    await isChosen('Hex', ['hex'])
  })

  it('is the first one when the address names none that the event has', async () => {
    await openPage({ path: `/view/events?event=${await publish('tabs/a', {})}&tab=%3Cb%3E` })
    await page.getByRole('tab', { name: 'Tree', selected: true }).waitFor()
  })
})

describe('related events', () => {
  it('are those with the same declared key, with their distance in time, and come as they happen', async () => {
    await publish('salt/job/101/new', { jid: '101', fun: 'test.ping', minions: ['web1'] })
    const cursor = await publish('salt/job/101/ret/web1', {
      jid: '101',
      id: 'web1',
      fun: 'test.ping',
      retcode: 0,
    })
    await publish('salt/job/102/ret/web1', { jid: '102', id: 'web1', fun: 'test.ping', retcode: 0 })
    await openEvent(cursor)
    await page.keyboard.press('r')
    await line('salt/job/101/new').waitFor()
    await line('this event').waitFor()
    expect(await lines().count()).toBe(2)
    expect(await faults(page)).toEqual([])
    await publish('salt/job/101/ret/web2', { jid: '101', id: 'web2', fun: 'test.ping', retcode: 1 })
    await line('salt/job/101/ret/web2').waitFor()
    expect(await line('salt/job/101/ret/web2').textContent()).toMatch(/^\+\d/)
    expect(await line('salt/job/101/new').textContent()).toMatch(/^−\d/)
    // Another key: everything of this minion.
    await page.getByRole('button', { name: /^jid / }).click()
    await page.getByRole('button', { name: /^id web1/ }).click()
    await line('salt/job/102/ret/web1').waitFor()
    await expect.poll(() => line('salt/job/101/new').count()).toBe(0)
  })

  it('open with a click, also those that the list does not show', async () => {
    const first = await publish('deploy/one', { n: 1 }, { traceparent: trace(1) })
    const second = await publish('elsewhere/two', { n: 2 }, { traceparent: trace(2) })
    await openPage({ path: `/view/events?filter=deploy/&event=${first}` })
    await page.getByRole('region', { name: 'Event deploy/one' }).waitFor()
    await tab('Related').click()
    await line('elsewhere/two').getByRole('button').click()
    await page.getByRole('region', { name: 'Event elsewhere/two' }).waitFor()
    await expect.poll(() => inAddress('event')).toEqual([second])
    await line('deploy/one').getByRole('button').click()
    await page.getByRole('region', { name: 'Event deploy/one' }).waitFor()
  })

  it('are only those that the reader may see', async () => {
    const cursor = await publish('deploy/own', { n: 1 }, { traceparent: trace(3, 'b') })
    await publish('secret/other', { n: 2 }, { traceparent: trace(4, 'b') })
    await publish('deploy/last', { n: 3 }, { traceparent: trace(5, 'b') })
    await openEvent(cursor, await tokenOf('ann'))
    await tab('Related').click()
    await line('deploy/last').waitFor()
    expect(await page.locator('body').textContent()).not.toContain('secret')
  })
})

describe('the differences from the previous event of its kind', () => {
  it('are fields that were added, removed and changed, of the last one with the same tag', async () => {
    await publish('door/1', { state: 'open', old: true, lag: { a: 1 } })
    await publish('door/2', { state: 'locked' })
    const cursor = await publish('door/1', { state: 'closed', lag: { a: 1, b: [2] }, '<b>': 1 })
    await openEvent(cursor)
    await page.keyboard.press('d')
    await page.getByText('4 differences').waitFor()
    expect(await faults(page)).toEqual([])
    const change = (path: string) =>
      page.locator('.diff > div').filter({ has: page.getByText(path, { exact: true }) })
    expect(await page.locator('.diff [data-kind="changed"]').textContent()).toBe(
      '~changed state"open""closed"',
    )
    expect(await page.locator('.diff [data-kind="removed"]').textContent()).toBe('−removed oldtrue')
    expect(await page.locator('.diff [data-kind="added"]').allTextContents()).toEqual([
      expect.stringContaining('lag.b'),
      '+added <b>1',
    ])
    expect(await change('nothing').count()).toBe(0)
  })

  it('are of the last one of the same type and source where no other has its tag', async () => {
    const before = await publish('gate/1', { n: 1 }, { type: 'acme.gate' })
    await publish('gate/2', { n: 1 }, { type: 'acme.other' })
    const cursor = await publish('gate/3', { n: 2 }, { type: 'acme.gate' })
    await openEvent(cursor)
    await tab('Diff').click()
    await page.getByRole('button', { name: `@${seqOf(before)}` }).click()
    await page.getByRole('region', { name: 'Event gate/1' }).waitFor()
    await page.getByText('There is no earlier event of its kind.').waitFor()
  })

  it('stay side by side where there is room', async () => {
    await publish('wide/1', { text: 'before' })
    const cursor = await publish('wide/1', { text: 'after' })
    await openEvent(cursor)
    await tab('Diff').click()
    const places = async () => {
      const old = (await page.locator('.diff .old').boundingBox())!
      const fresh = (await page.locator('.diff .new').boundingBox())!
      return { across: fresh.x - old.x, down: fresh.y - old.y }
    }
    await expect.poll(places).toMatchObject({ across: expect.toSatisfy((x: number) => x > 100), down: 0 })
    await page.setViewportSize({ width: 360, height: 740 })
    await expect.poll(places).toMatchObject({ across: 0, down: expect.toSatisfy((y: number) => y > 10) })
  })
})

it('the bytes of an event are in lines that fit the pane, however wide it is', async () => {
  await openEvent(await publish('wide/2', { text: 'x'.repeat(100) }))
  await tab('Hex').click()
  const shown = page.getByRole('tabpanel').locator('pre')
  const first = async () => (await shown.textContent())!.split('\n')[1]!
  const rowHeight = async () => {
    const { height } = (await shown.boundingBox())!
    return height / (await shown.textContent())!.split('\n').length
  }
  for (const [width, start] of [
    [360, '000008'],
    [1440, '000008'],
    [2200, '000010'],
  ] as const) {
    await page.setViewportSize({ width, height: 740 })
    await expect.poll(first).toMatch(new RegExp(`^${start} `))
    await expect.poll(rowHeight, { message: String(width) }).toBeCloseTo(24, 1)
  }
})

/** `n`: the number of the span. */
function trace(n: number, of = 'a'): string {
  return `00-${of.repeat(32)}-${String(n).padStart(16, '0')}-01`
}
