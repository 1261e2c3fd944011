/** npm run pictures: takes the pictures of the documentation, from a hub with real events, in both colour schemes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureTranspiled } from './compile.mjs'
import { launchChromium } from './pictures/chromium.mjs'
import { root } from './steps.mjs'

const folder = join(root, 'docs/pictures')
const VIEWPORT = { width: 1280, height: 800 }
const SCALE = 1.5
/** Best that stays below the size that test/docs/pictures.test.ts allows. */
const QUALITY = 80
/** Counts come a moment later than rows, and rates after two answers. */
const SETTLE_MS = 2500

/** Each has its address, and what is done on the page before the picture. */
const pictures = (scene) => ({
  fleet: { path: '/view/fleet?by=label.site', settle: 6_000 },
  events: { path: '/view/events' },
  job: { path: `/view/events?filter=salt/&filter=alert/&event=${scene.job}` },
  diff: {
    path: `/view/events?filter=sctp/n2/&event=${scene.diff}`,
    act: (page) => page.getByRole('tab', { name: 'Diff', exact: true }).click(),
  },
  bus: { path: '/view/bus', settle: 12_000 },
})

await ensureTranspiled()
const { openScene } = await import('./pictures/scene.mjs')
mkdirSync(folder, { recursive: true })
const scene = await openScene()
const browser = await launchChromium()
try {
  const link = scene.link()
  const context = await browser.newContext({
    viewport: VIEWPORT,
    deviceScaleFactor: SCALE,
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  await page.goto(link)
  await page.locator('[data-ready]').waitFor()
  for (const [name, picture] of Object.entries(pictures(scene))) await take(page, name, picture)
} finally {
  await browser.close()
  await scene.close()
}

async function take(page, name, { path, act, settle = SETTLE_MS }) {
  await page.goto(new URL(path, page.url()).href)
  await page.locator('[data-ready]').waitFor()
  await page.waitForTimeout(settle)
  await act?.(page)
  const browserPage = await page.context().newCDPSession(page)
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme })
    await page.waitForTimeout(300)
    const { data } = await browserPage.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
    writeFileSync(join(folder, `${name}-${colorScheme}.webp`), Buffer.from(data, 'base64'))
  }
}
