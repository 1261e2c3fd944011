import { beforeAll, expect, it } from 'vitest'
import { dialog, row } from './page-parts.js'
import { openPage, openSite, page, publish, site } from './shared-console.js'

beforeAll(async () => {
  await openSite()
  await publish('copied/a', { n: 1 })
})

/** Opens the list; `before` runs before the scripts of the page. */
async function open(before = ''): Promise<void> {
  await openPage({ as: 'nobody', permissions: ['clipboard-read', 'clipboard-write'] })
  await page.addInitScript(`globalThis.clipboard = navigator.clipboard; ${before}`)
  await page.goto(site.link('/view/events?filter=copied/'))
  await row('n=1').waitFor()
}

const noClipboard = "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
const clipboard = () => page.evaluate<string>('clipboard.readText()')
const share = async () => {
  await page.getByRole('button', { name: 'Share' }).click()
  await dialog().getByRole('button', { name: 'Copy as link' }).click()
}
const said = (text: string) => dialog().getByRole('status').filter({ hasText: text }).waitFor()

it('the key that copies an event as a command says so, in sight and aloud', async () => {
  await open()
  await page.keyboard.press('k')
  await page.locator('.row[aria-selected="true"]').waitFor()
  const status = page.getByRole('status').filter({ hasText: 'Copied' }).last()
  const width = async () => {
    await page.keyboard.press('y')
    await status.waitFor()
    return page.evaluate<number>('document.querySelector("body > .said").offsetWidth')
  }
  // The first time, its styles come a moment later.
  await expect.poll(width).toBeGreaterThan(40)
  expect(await clipboard()).toMatch(/^tocsin read --from @\d+ --to @\d+$/)
  await status.waitFor({ state: 'detached' })
})

it('a page without a clipboard copies in a dialog too, and the focus stays', async () => {
  await open(noClipboard)
  await share()
  await said('Copied')
  await expect.poll(() => page.url()).toBe(await clipboard())
  expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Copy as link')
})

it('a browser that refuses to copy is no error of the page, which says so', async () => {
  await open(`${noClipboard} document.execCommand = () => false`)
  await share()
  await said('It could not be copied')
})

it('a clipboard that is refused is no error when the text can be copied as a selection', async () => {
  await open(
    "Clipboard.prototype.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
  )
  await share()
  await said('Copied')
  await expect.poll(() => page.url()).toBe(await clipboard())
})
