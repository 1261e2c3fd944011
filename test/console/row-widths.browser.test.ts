import { beforeAll, expect, it } from 'vitest'
import { row } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish, site } from './shared-console.js'

beforeAll(() => openSite())

const tag = () => row('n=1').locator('.tag').textContent()
const sourceWidth = async () => (await row('n=1').locator('.source').boundingBox())?.width

it('a tag has the room that the list has for it, and keeps its host where that is not enough', async () => {
  const whole = `host/${area}.ams.example/systemd/redis-server@main.service/failed`
  await publish(whole, { n: 1 })
  await openPage({
    path: `/view/events?filter=host/${area}.ams.example/`,
    viewport: { width: 2560, height: 900 },
  })
  await expect.poll(tag).toBe(whole)
  await page.setViewportSize({ width: 1024, height: 900 })
  await expect.poll(tag).toBe(`host/${area}.ams.example/…/failed`)
})

it('a source that all rows have is left out until there is another one', async () => {
  await publish(`${area}/one`, { n: 1 })
  await openEvents()
  await row('n=1').waitFor()
  await expect.poll(sourceWidth).toBe(0)
  await using client = await site.hub.connect()
  await client.publish(`${area}/two`, { n: 2 }, { source: `${client.welcome.source}/else` })
  await row('n=2').waitFor()
  await expect.poll(sourceWidth).toBeGreaterThan(50)
})
