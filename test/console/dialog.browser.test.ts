import { beforeAll, describe, expect, it } from 'vitest'
import { dialog, drawn, hold } from './page-parts.js'
import { openPage, openSite, page, site, tokenOf } from './shared-console.js'

beforeAll(() => openSite({ config: { principals: { ann: { see: '*' } } } }))

const open = (options = {}) => openPage({ path: '/view/events', ...options })

const button = (name: string) => page.getByRole('button', { name, exact: true })
const isClosed = () => dialog().waitFor({ state: 'detached' })

/** `in` the dialog, `behind` it, or nowhere in the page: `none`. */
const placeOfFocus = () =>
  page.evaluate<string>(
    'document.activeElement === document.body ? "none" : document.activeElement.closest("dialog") ? "in" : "behind"',
  )

describe('a dialog', () => {
  it('keeps the focus from what is behind it, forwards and backwards', async () => {
    await open()
    await button('Share').click()
    await dialog().waitFor()
    expect(await placeOfFocus()).toBe('in')
    for (const key of ['Tab', 'Shift+Tab']) {
      const places: string[] = []
      for (let n = 0; n < 24; n++) {
        await page.keyboard.press(key)
        places.push(await placeOfFocus())
      }
      expect(places.filter((place) => place === 'in').length, key).toBeGreaterThan(12)
      expect(places, key).not.toContain('behind')
    }
  })

  it('is closed with its button, by touch too, and the focus is where it was', async () => {
    await open({ hasTouch: true, viewport: { width: 360, height: 740 } })
    await button('Share').tap()
    await dialog().getByRole('button', { name: 'Close' }).tap()
    await isClosed()
    await button('Share').focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByRole('button', { name: 'Close' }).click()
    await isClosed()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Share')
  })

  it('is closed with a click beside it, and not with one in it', async () => {
    await open()
    await button('Share').click()
    await dialog().getByRole('heading', { name: 'The same view elsewhere' }).click()
    await drawn()
    expect(await dialog().count()).toBe(1)
    await page.mouse.click(2, 200)
    await isClosed()
  })

  it('is closed with Escape when the page behind it has been loaded after it', async () => {
    await openPage({ as: 'nobody' })
    await page.goto('about:blank')
    const goOn = await hold('**/console/events-*.js')
    await page.goto(site.link('/view/events'))
    await page.getByRole('navigation').waitFor()
    await page.keyboard.press('?')
    await dialog().waitFor()
    goOn()
    await page.locator('[data-ready]').waitFor()
    await page.keyboard.press('Escape')
    await isClosed()
  })

  it('lets the reader log in again, and is there afterwards', async () => {
    await open({ as: await tokenOf('ann', 'first') })
    await button('Share').click()
    await dialog().waitFor()
    await site.manage('tokens.revoke', { name: 'first' })
    await page.getByText('The login has ended.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel('Token', { exact: true }).fill(await tokenOf('ann'))
    await button('Log in').click()
    await dialog().getByRole('button', { name: 'Close' }).click()
    await isClosed()
  })
})
