import { beforeAll, describe, expect, it, vi } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, drawn, inAddress } from './page-parts.js'
import { openPage, openSite, page, site, tokenOf } from './shared-console.js'

const labels = { '*.fra': { site: 'fra' }, '*.ams': { site: 'ams' } }

beforeAll(async () => {
  const principals = { ann: { see: [{ prefix: { tag: 'host/web' } }] }, carl: { publish: ['demo/'] } }
  await openSite({ config: { hosts: { labels, aliases: { 'db1.ams': ['10.0.0.9'] } }, principals } })
  await using client = await site.hub.connect()
  for (let nth = 1; nth <= 40; nth++)
    client.push(`host/web${nth}.${nth % 2 === 0 ? 'fra' : 'ams'}/app/x`, { severity: 'info', nth })
  client.push('host/web3.ams/app/x', { severity: 'warning', message: 'the disk is nearly full' })
  client.push('host/db1.ams/app/x', { severity: 'err', message: 'the disk is full' })
  const byAddress = { attributes: { host: '10.0.0.9' } }
  await client.publish('app/x', { severity: 'err', message: 'by address' }, byAddress)
  client.push('host/db2.fra/app/x', { severity: 'crit', message: 'on fire' })
  await client.drain()
  site.hub.hub.hosts.start()
  const known = async () => (await client.request('hosts.map', { match: ['web*', 'db*'] })).names.length
  await vi.waitUntil(async () => (await known()) === 42, 20_000)
})

const fleet = (params = '') => openPage({ path: `/view/fleet?match=web* db*${params}` })
const field = () => page.getByRole('listbox')
const current = () => page.getByRole('option', { includeHidden: true }).last().getAttribute('aria-label')
const inList = () => page.getByRole('rowheader').allInnerTexts()
/** How many parts of a list are cut by its edges. */
const partlyShown = (list: string) =>
  page.locator(list).evaluate((own) => {
    const { top, bottom, left, right } = own.getBoundingClientRect()
    return Array.from(own.children, (each) => each.getBoundingClientRect()).filter(
      (each) => each.left >= left && each.left < right && (each.top < top || each.bottom > bottom + 1),
    ).length
  })
const host = (name: string) => page.getByRole('region', { name: `Host ${name}` })

describe('the page of hosts', () => {
  it('shows a square for each host, how many are in each state, and the worst first', async () => {
    await fleet()
    expect(await field().getAttribute('aria-label')).toBe('42 hosts, a square for each')
    await expect
      .poll(async () => (await inList()).slice(0, 3).map((text) => text.replace(/^\S+ /, '')))
      .toEqual(['db2.fra', 'db1.ams', 'web3.ams'])
    for (const count of ['1 critical', '1 with errors', '1 with warnings', '39 fine'])
      await page.getByRole('button', { name: count }).waitFor()
    await expect.poll(() => page.title()).toBe('✕ 2 · Fleet')
  })

  it('colours the squares by the state of the host', async () => {
    await fleet('&by=label.site')
    await drawn()
    const [fine, error, warning] = (await page.evaluate(`['fine', 'error', 'warning'].map((state) => {
      const canvas = document.querySelector('canvas')
      const probe = new OffscreenCanvas(1, 1).getContext('2d')
      probe.fillStyle = getComputedStyle(canvas).getPropertyValue('--host-' + state)
      probe.fillRect(0, 0, 1, 1)
      const wanted = probe.getImageData(0, 0, 1, 1).data.join()
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let pixels = 0
      for (let at = 0; at < data.length; at += 4) if (data.slice(at, at + 4).join() === wanted) pixels++
      return pixels
    })`)) as number[]
    expect(fine).toBe(39 * warning)
    expect(error).toBeGreaterThan(warning)
    expect(error).toBeLessThan(2 * warning)
  })

  it('chooses by name, state, time and grouping, all of which are in the address', async () => {
    await fleet()
    await page.getByRole('button', { name: '1 critical' }).click()
    await expect.poll(inList).toHaveLength(1)
    await expect.poll(() => inAddress('is')).toEqual(['critical'])
    await page.getByRole('searchbox', { name: 'Search hosts' }).fill('web* !*ams')
    await page.getByRole('button', { name: '20 fine' }).waitFor()
    await expect.poll(() => inAddress('match')).toEqual(['web* !*ams'])
    await page.getByRole('combobox', { name: 'Time' }).selectOption('day')
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('label.site')
    await page.locator('.host-field .title').filter({ hasText: 'fra 20' }).waitFor()
    const copied = page.url()
    await page.goto(copied)
    await page.getByRole('button', { name: '20 fine' }).waitFor()
    expect(await page.getByRole('combobox', { name: 'Time' }).inputValue()).toBe('day')
    expect(await page.getByRole('button', { name: 'critical' }).getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('searchbox', { name: 'Search hosts' }).fill('nothing')
    await page.getByText('No host has such a name.').waitFor()
  })

  it('is read and used with keys: in the field a host at a time, and the worst one after the other', async () => {
    await fleet()
    await field().focus()
    await expect.poll(current).toMatch(/^db1\.ams: 2 errors in the last hour, heard /)
    await page.keyboard.press('ArrowRight')
    await expect.poll(current).toMatch(/^db2\.fra: critical, 1 error in the last hour/)
    await page.keyboard.press('End')
    await expect.poll(current).toMatch(/^web40\.fra: fine/)
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await host('db1.ams').waitFor()
    await expect.poll(() => inAddress('host')).toEqual(['db1.ams'])
    await page.keyboard.press('Escape')
    await expect.poll(() => inAddress('host')).toEqual([])
    await page.keyboard.press('j')
    await host('db2.fra').waitFor()
    await page.keyboard.press('j')
    await host('db1.ams').waitFor()
    await page.keyboard.press('k')
    await host('db2.fra').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await expect.poll(inList).toHaveLength(2)
    await page.keyboard.press('e')
    await expect.poll(inList).toHaveLength(42)
    await page.keyboard.press('t')
    await expect.poll(() => inAddress('within')).toEqual(['day'])
    await page.keyboard.press('g')
    await expect.poll(() => inAddress('by')).toEqual(['label.site'])
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.type')).toBe('search')
  })

  it('opens the host of the square that is clicked, and says which it is before', async () => {
    await fleet()
    await drawn()
    const box = (await field().boundingBox())!
    await page.mouse.move(box.x + 5, box.y + 5)
    await page.locator('.tip').filter({ hasText: 'db1.ams: 2 errors in the last hour' }).waitFor()
    await page.mouse.click(box.x + 5, box.y + 5)
    await host('db1.ams').waitFor()
    await page.goBack()
    await page.getByRole('region', { name: 'Hosts, the worst first' }).waitFor()
  })

  it('says when the hub does not answer, and goes on by itself', async () => {
    await fleet()
    await field().waitFor()
    await page.route('**/v1/*', (route) => route.abort())
    await page.getByText('Not up to date: The hub does not answer.').waitFor()
    await page.locator('.fleet[data-stale]').waitFor()
    await page.locator('.connection[data-state="lost"]').waitFor()
    expect(await field().getAttribute('aria-label')).toBe('42 hosts, a square for each')
    await page.unroute('**/v1/*')
    await page.locator('.fleet:not([data-stale])').waitFor()
    await page.locator('.connection[data-state="connected"]').waitFor()
  })

  it('shows to everybody only the hosts that they may see, and to some none at all', async () => {
    await openPage({ path: '/view/fleet', as: await tokenOf('ann') })
    await expect.poll(() => field().getAttribute('aria-label')).toBe('40 hosts, a square for each')
    await openPage({ path: '/view/fleet?host=db1.ams', as: await tokenOf('ann') })
    await page.getByText('There is no such host, or you may not see it.').waitFor()
    const other = await site.newPage({ path: '/view/fleet', as: await tokenOf('carl') })
    await other.getByText('Your rights include no events.').waitFor()
    expect(await other.getByRole('link', { name: 'Fleet' }).count()).toBe(0)
  })

  it('has no faults for axe, and needs no more room than there is', async () => {
    await fleet('&by=label.site')
    await field().waitFor()
    expect.soft(await faultsInLooks(page), 'all').toEqual([])
    await fleet('&host=db1.ams')
    await page.getByText('by address').waitFor()
    expect.soft(await faultsInLooks(page), 'one').toEqual([])
    for (const width of [360, 640, 900, 1440, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      await drawn()
      expect(await beyond(), String(width)).toBe(0)
      expect(await beyond('.host'), String(width)).toBe(0)
    }
  })
})

describe('a host', () => {
  it('is there with its state, counts, names, last errors and a line of time for each type', async () => {
    await fleet('&host=db1.ams')
    await host('db1.ams').waitFor()
    await page.getByText('site=ams').waitFor()
    await page.getByText('10.0.0.9').first().waitFor()
    await page.getByRole('link', { name: /the disk is full/ }).waitFor()
    await page.getByRole('link', { name: /by address/ }).waitFor()
    await page.getByRole('table', { name: 'Counts' }).filter({ hasText: 'err22' }).waitFor()
    await page.getByRole('img', { name: /^all: 2 events, most at / }).waitFor()
    await expect.poll(() => page.locator('.timeline .lane').count()).toBeGreaterThan(1)
  })

  it('leads to its events, under all its names', async () => {
    await fleet('&host=db1.ams')
    await page.getByRole('link', { name: 'All its events' }).click()
    await expect.poll(() => inAddress('is')).toEqual(['host=db1.ams', 'host=10.0.0.9'])
    await expect.poll(() => page.getByRole('grid').getAttribute('data-rows').then(Number)).toBe(3)
    await page.goBack()
    await page.getByRole('link', { name: 'Its errors and warnings' }).click()
    await expect.poll(() => inAddress('where')).toEqual(["severity >= 'warning'"])
    await page.goBack()
    await page.getByRole('link', { name: /by address/ }).click()
    await page.getByRole('region', { name: 'Event app/x' }).waitFor()
  })

  it('can be forgotten by those who may', async () => {
    await using client = await site.hub.connect()
    await client.publish('host/gone.fra/app/x', {})
    await openPage({ path: '/view/fleet?host=gone.fra' })
    await page.getByRole('button', { name: 'Forget …' }).click()
    await page.getByRole('dialog', { name: 'Forget gone.fra' }).waitFor()
    await page.getByRole('button', { name: 'Forget', exact: true }).click()
    await expect.poll(() => inAddress('host')).toEqual([])
    await expect.poll(async () => (await client.request('hosts.map', { match: ['gone*'] })).names).toEqual([])
  })
})

describe('the view for the wall', () => {
  it('has no controls, and is left with Escape', async () => {
    await fleet()
    await page.keyboard.press('w')
    await expect.poll(() => inAddress('wall')).toEqual([''])
    await page.reload()
    await page.getByRole('heading', { name: '42 hosts' }).waitFor()
    expect(await page.locator('button, input, select, header.top').count()).toBe(0)
    await expect.poll(() => page.locator('.worst li').count()).toBe(3)
    expect.soft(await faultsInLooks(page)).toEqual([])
    for (const width of [360, 1440, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      await drawn()
      expect(await beyond(), String(width)).toBe(0)
    }
    await page.setViewportSize({ width: 1440, height: 210 })
    await drawn()
    expect(await partlyShown('.worst ol')).toBe(0)
    await page.keyboard.press('Escape')
    await page.locator('header.top').waitFor()
  })
})
