import { signal } from '@preact/signals'

/** The view of the page; all of it is in the address, so that to share the address is to share the view. */
export interface View {
  readonly page: string
  readonly params: URLSearchParams
}

export const HOME = 'events'
const PREFIX = '/view/'

export const view = signal<View>(readAddress())

addEventListener('popstate', () => {
  view.value = readAddress()
})

function readAddress(): View {
  const { pathname, search } = location
  const page = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : HOME
  return { page, params: new URLSearchParams(search) }
}

/** The address of a page. */
export function addressOf(page: string, params: URLSearchParams | Record<string, string> = {}): string {
  const search = readable(new URLSearchParams(params))
  return `${PREFIX}${page}${search === '' ? '' : `?${search}`}`
}

/** Shows another page, or this one otherwise, as a new step of the history. */
export function show(page: string, params: URLSearchParams | Record<string, string> = {}): void {
  history.pushState(null, '', addressOf(page, params))
  view.value = readAddress()
}

/** Changes parameters of the view. What only refines it, such as the selected event, replaces the step of the history. */
export function change(
  changes: Readonly<Record<string, string | readonly string[] | undefined>>,
  step: 'push' | 'replace' = 'replace',
): void {
  const { page, params } = view.peek()
  const next = new URLSearchParams(params)
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name)
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) next.append(name, each)
  }
  if (next.toString() === params.toString()) return
  const address = addressOf(page, next)
  if (step === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
  view.value = { page, params: next }
}

/** Follows links of the console without loading it again. */
export function followLinks(event: MouseEvent): void {
  const link = (event.target as Element).closest?.('a[href^="/view/"]')
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  if (link === null || !isPlain || event.defaultPrevented) return
  event.preventDefault()
  history.pushState(null, '', (link as HTMLAnchorElement).href)
  view.value = readAddress()
}

/** Tags in addresses stay readable. */
function readable(params: URLSearchParams): string {
  return params.toString().replace(/%(?:2F|3A|21|40)/g, decodeURIComponent)
}
