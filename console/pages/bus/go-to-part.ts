import { useEffect } from 'preact/hooks'
import { change, view } from '../../app/router.js'
import { busStrings as text } from '../../strings/bus.js'

const titles: Readonly<Record<string, string>> = {
  cluster: text.cluster.title,
  consumers: text.consumers.title,
  edges: text.edges.title,
  health: text.health.title,
  log: text.log.title,
  parked: text.parked.title,
  rules: text.rules.title,
  sinks: text.sinks.title,
  sources: text.sources.title,
}

/** Goes once to the part of the page that the address names. */
export function useWantedPart(isKnown: boolean): void {
  const wanted = view.value.params.get('part')
  useEffect(() => {
    if (wanted === null || !isKnown) return
    const title = Object.hasOwn(titles, wanted) ? titles[wanted] : undefined
    const panel = document.querySelector<HTMLElement>(`.panel[aria-label^="${title}"]`)
    panel?.scrollIntoView()
    panel?.focus({ preventScroll: true })
    change({ part: undefined })
  }, [wanted, isKnown])
}
