import type { WebSocketRoute } from 'playwright-core'
import { page } from './shared-console.js'

export const row = (text: string) => page.getByRole('row').filter({ hasText: text })
/** How many rows the list has loaded, with that of the beginning of the log. */
export const loaded = () => page.getByRole('grid').getAttribute('data-rows').then(Number)
/** Waits until the list is in this mode. */
export const mode = (wanted: string) => page.locator(`[data-mode="${wanted}"]`).waitFor()
export const filter = () => page.getByRole('combobox', { name: 'Filter' })

export async function applyFilter(text: string): Promise<void> {
  await filter().fill(text)
  await filter().press('Enter')
}

export const dialog = () => page.getByRole('dialog')
/** A part of the page of the bus. */
export const panel = (name: string) => page.getByRole('region', { name, exact: true })
export const rowIn = (name: string, text: string) => panel(name).getByRole('row').filter({ hasText: text })

/** By how many pixels the content of an element is wider than its room. */
export const beyond = (element = 'html') =>
  page.evaluate(
    `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('${element}'))`,
  )

/** Notes where an element begins, and its width, whenever the page is drawn from now on. The returned function tells all places. */
export async function placesOf(element: string): Promise<() => Promise<string[]>> {
  await page.evaluate(`{
    const places = (window.places = new Set())
    const note = () => {
      const { x, y, width } = document.querySelector('${element}').getBoundingClientRect()
      places.add([x, y, width].join(' '))
      requestAnimationFrame(note)
    }
    note()
  }`)
  return async () => {
    await drawn()
    return (await page.evaluate('[...places]')) as string[]
  }
}

/** The values of a parameter in the address. The browser tells of a new address a moment after it shows it. */
export const inAddress = (name: string) => new URL(page.url()).searchParams.getAll(name)

/** Waits until the page has been drawn again. */
export const drawn = () =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')

/** Holds requests to these addresses back until the returned function is called. */
export async function hold(addresses: string | RegExp): Promise<() => void> {
  let goOn = () => {}
  const isOver = new Promise<void>((resolve) => {
    goOn = resolve
  })
  await page.route(addresses, async (route) => {
    await isOver
    await route.continue()
  })
  return goOn
}

/** Lets a test cut the connection of the page to the hub, from when the page is loaded the next time. */
export async function interceptConnection() {
  const sockets: WebSocketRoute[] = []
  let isCut = false
  await page.routeWebSocket(/\/v1\/ws/, (socket) => {
    if (isCut) return void socket.close()
    socket.connectToServer()
    sockets.push(socket)
  })
  return {
    async cut(): Promise<void> {
      isCut = true
      await Promise.all(sockets.map((socket) => socket.close()))
    },
    restore(): void {
      isCut = false
    },
  }
}
