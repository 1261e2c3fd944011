import { diagnostics } from '../../bus/diagnostics.js'
import type { Subscription } from '../../bus/subscription.js'
import type { HubLog } from './hub-log.js'

type Change = Partial<Record<'joined' | 'left', Subscription>>

/**
 * Writes what developers of programs want to know about their connections. Nothing that happens for each event: a
 * subscriber of these lines would cause the next one. Returns a function that ends it.
 */
export function writeDebugLines(log: HubLog): () => void {
  const onSubscriber = (change: unknown) => {
    const { joined, left } = change as Change
    if (joined !== undefined) log.write('debug', `${nameOf(joined)} begins`)
    if (left !== undefined) log.write('debug', `${nameOf(left)} ends after ${left.delivered} events`)
  }
  diagnostics.subscriber.subscribe(onSubscriber)
  return () => void diagnostics.subscriber.unsubscribe(onSubscriber)
}

function nameOf({ id, principal, label }: Subscription): string {
  return `subscription ${id} of ${principal.name}${label === '' ? '' : ` (${label})`}`
}
