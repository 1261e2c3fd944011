/** Widths of panes, px, which this browser remembers. Nothing else is kept there. */
export type Pane = 'facets' | 'detail'

const KEY = 'tocsin.layout'
const LIMITS = { facets: [160, 480], detail: [280, 900] } as const
const panes = Object.keys(LIMITS) as Pane[]

const widths = readWidths()
for (const pane of panes) show(pane)

function readWidths(): Partial<Record<Pane, number>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    // The browser may allow no storage.
    return {}
  }
}

function show(pane: Pane): void {
  const { style } = document.documentElement
  const width = widths[pane]
  if (typeof width === 'number') style.setProperty(`--${pane}`, `${clamp(pane, width)}px`)
  else style.removeProperty(`--${pane}`)
}

export function limitsOf(pane: Pane): readonly [number, number] {
  return LIMITS[pane]
}

function clamp(pane: Pane, width: number): number {
  const [least, most] = LIMITS[pane]
  return Math.min(most, Math.max(least, Math.round(width)))
}

/** Undefined: the usual width again. */
export function setWidth(pane: Pane, width: number | undefined): void {
  if (width === undefined) delete widths[pane]
  else widths[pane] = clamp(pane, width)
  show(pane)
  try {
    localStorage.setItem(KEY, JSON.stringify(widths))
  } catch {
    // It is forgotten when the page is left.
  }
}
