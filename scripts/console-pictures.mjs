/**
 * Takes pictures of pages of a running console, at three widths, dark and light:
 * node console-pictures.mjs LINK FOLDER [PATH …]
 * LINK is the one that `npm start` prints; a PATH is such as '/view/events?filter=host/'.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchChromium } from './pictures/chromium.mjs'

const sizes = [
  [1440, 900],
  [1024, 768],
  [360, 740],
]
const SETTLE_MS = 700
const [link, folder, ...paths] = process.argv.slice(2)
const { origin } = new URL(link)

mkdirSync(folder, { recursive: true })
const browser = await launchChromium()
const context = await browser.newContext()
const page = await context.newPage()
await page.goto(link)
await page.getByRole('navigation').waitFor()
for (const [index, path] of (paths.length === 0 ? ['/'] : paths).entries()) {
  for (const colorScheme of ['dark', 'light']) {
    for (const [width, height] of sizes) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height })
      await page.goto(origin + path)
      await page.locator('[data-ready]').first().waitFor()
      // Counts come a moment later than the rows.
      await page.waitForTimeout(SETTLE_MS)
      await page.screenshot({ path: join(folder, `${index}-${colorScheme}-${width}.png`) })
    }
  }
}
await browser.close()
