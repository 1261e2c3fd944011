import type { Consumer } from '../../../src/bus/consumers/consumer.js'
import type { Principal } from '../../../src/bus/principal.js'
import { TestBus, type TestBusOptions, type TestSink } from '../fixture.js'

const grants: TestBusOptions['grants'] = {
  all: { see: '*', consume: '*', publish: '*' },
  half: { see: ['a/'], consume: ['work'] },
  none: { see: '*' },
}

/** The hub of the current test, if its file opens one before each test. */
export let hub: TestBus

/** Opens a hub that replaces the default one. */
export async function open(options: TestBusOptions = {}): Promise<void> {
  hub = await TestBus.open({ grants, ...options })
}

/** Restarts the hub. */
export async function restart(): Promise<void> {
  hub = await hub.reopen({ grants })
}

/** Joins the consumer `work`. */
export function join(options: Parameters<TestBus['subscribe']>[0] = {}): Promise<TestSink> {
  return hub.subscribe({ consumer: 'work', ...options })
}

export function publishMany(count: number): void {
  hub.store(...Array.from({ length: count }, (_, i) => ({ tag: `a/${i}` })))
}

export function done(sink: TestSink, ...seqs: number[]): void {
  sink.api.ack(seqs, 'done', {})
}

export function redelivered(sink: TestSink): number[] {
  return sink.events.filter((event) => event.redelivered).map(({ seq }) => seq)
}

export function admin(): Principal {
  return hub.access.principal('admin')
}

export function consumer(name = 'work'): Consumer {
  return hub.bus.consumers.get(admin(), name)
}
