import type { Event } from 'tocsin/browser'
import { associationView } from './association.js'
import { jobView } from './job.js'
import { outputView } from './output.js'
import type { SpecialFinder, SpecialView } from './special-view.js'
import { traceView } from './trace.js'

const finders: readonly SpecialFinder[] = [jobView, associationView, outputView, traceView]

/** The view of its own that an event has, if any. */
export function specialView(event: Event, type: string): SpecialView | undefined {
  for (const find of finders) {
    const found = find(event, type)
    if (found !== undefined) return found
  }
  return undefined
}
