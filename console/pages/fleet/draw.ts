import type { FieldLayout } from './field-layout.js'
import type { FleetHost } from './hosts.js'
import { type HostState, hostStates } from './states.js'

export interface Drawing {
  readonly layout: FieldLayout
  /** The part that is seen. */
  readonly top: number
  readonly width: number
  readonly height: number
  readonly colours: Readonly<Record<HostState, string>>
  /** Others are faint. */
  readonly isWanted: (host: FleetHost) => boolean
}

type Place = readonly [x: number, y: number, isWanted: boolean]

const FAINT = 0.15

/** Draws the squares that are seen, those of one colour together. */
export function draw(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { width, height, colours, layout } = drawing
  const scale = window.devicePixelRatio
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== wide) canvas.width = wide
  if (canvas.height !== high) canvas.height = high
  const context = canvas.getContext('2d')
  if (context === null) return
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  const seen = seenIn(drawing)
  for (const state of hostStates) {
    context.fillStyle = colours[state]
    context.strokeStyle = colours[state]
    for (const [x, y, isWanted] of seen.get(state) ?? []) {
      context.globalAlpha = isWanted ? 1 : FAINT
      square(context, state, x, y, layout.pitch)
    }
  }
  context.globalAlpha = 1
}

/** A silent host is hollow, one that has left is a dot, and one in a critical state has a hole. */
function square(
  context: CanvasRenderingContext2D,
  state: HostState,
  x: number,
  y: number,
  pitch: number,
): void {
  const size = pitch - Math.max(1, Math.floor(pitch / 8))
  if (state === 'silent') {
    const line = Math.max(1, Math.floor(pitch / 8))
    context.lineWidth = line
    context.strokeRect(x + line / 2, y + line / 2, size - line, size - line)
  } else if (state === 'left') {
    const dot = Math.max(2, Math.round(size / 3))
    context.fillRect(x + (size - dot) / 2, y + (size - dot) / 2, dot, dot)
  } else {
    context.fillRect(x, y, size, size)
    const hole = state === 'critical' ? Math.max(2, Math.round(size / 3)) : 0
    if (hole > 0) context.clearRect(x + (size - hole) / 2, y + (size - hole) / 2, hole, hole)
  }
}

function seenIn({ layout, top, height, isWanted }: Drawing): Map<HostState, Place[]> {
  const { hosts, pitch } = layout
  const seen = new Map<HostState, Place[]>()
  for (const { first, count, columns } of layout.blocks) {
    const start = layout.placeOf(first)
    const from = Math.max(0, Math.floor((top - start.y) / pitch)) * columns
    const to = Math.min(count, Math.max(0, Math.ceil((top + height - start.y) / pitch)) * columns)
    for (let nth = from; nth < to; nth++) {
      const host = hosts[first + nth]
      const places = seen.get(host.state) ?? []
      seen.set(host.state, places)
      places.push([
        start.x + (nth % columns) * pitch,
        start.y + Math.floor(nth / columns) * pitch - top,
        isWanted(host),
      ])
    }
  }
  return seen
}
