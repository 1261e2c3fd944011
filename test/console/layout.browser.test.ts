import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { openPage, openSite, page, publish } from './shared-console.js'

beforeAll(async () => {
  await openSite()
  await publish('door/front', { state: 'open' })
})

beforeEach(async () => {
  await openPage({ path: '/view/events?filter=door/' })
  await page.getByText('state=open').click()
  await edge('event').waitFor()
})

const edge = (of: 'event' | 'values') => page.getByRole('separator', { name: `Width of the ${of}` })
const widthOf = async (pane: string) => Math.round((await page.locator(`.${pane}`).boundingBox())!.width)

describe('the edges of the panes', () => {
  it('are dragged with the mouse, and stay where they are when the page is loaded again', async () => {
    const before = { facets: await widthOf('facets'), detail: await widthOf('detail') }
    for (const [of, by] of [
      ['values', 60],
      ['event', -100],
    ] as const) {
      const box = (await edge(of).boundingBox())!
      await page.mouse.move(box.x + 4, box.y + 200)
      await page.mouse.down()
      await page.mouse.move(box.x + 4 + by, box.y + 200, { steps: 4 })
      await page.mouse.up()
    }
    const moved = { facets: before.facets + 60, detail: before.detail + 100 }
    expect({ facets: await widthOf('facets'), detail: await widthOf('detail') }).toEqual(moved)
    await page.reload()
    await edge('event').waitFor()
    expect({ facets: await widthOf('facets'), detail: await widthOf('detail') }).toEqual(moved)
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).toBe(
      JSON.stringify({ 'tocsin.layout': JSON.stringify(moved) }),
    )
  })

  it('are moved with keys within limits, and take the usual width again', async () => {
    const before = await widthOf('detail')
    await edge('event').focus()
    await page.keyboard.press('ArrowLeft')
    expect(await widthOf('detail')).toBe(before + 16)
    expect(await edge('event').getAttribute('aria-valuenow')).toBe(String(before + 16))
    expect(await faults(page)).toEqual([])
    await page.keyboard.press('Home')
    expect(await widthOf('detail')).toBe(280)
    await page.keyboard.press('Enter')
    expect(await widthOf('detail')).toBe(before)
  })

  it('are where they usually are when the browser has kept something else', async () => {
    const before = await widthOf('facets')
    for (const kept of ['{', 'null', '{"facets":"url(x)","detail":-1e308}']) {
      await page.evaluate(`localStorage.setItem('tocsin.layout', ${JSON.stringify(kept)})`)
      await page.reload()
      await edge('event').waitFor()
      expect(await widthOf('facets'), kept).toBe(before)
    }
  })
})
