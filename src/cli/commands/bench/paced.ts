import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Subscription } from '../../../client/api.js'
import type { Latencies } from './latencies.js'
import { fillerText, type Plan } from './plan.js'

/** Time to wait for events that are on their way at the end, ms. */
const ARRIVAL_MS = 5000
/** Beyond this a publisher that was held up counts from the time at which the event was due, ms. */
const LATE_MS = 5

/** From the call of publish until each subscriber has the decoded event, at a pace that keeps the hub far from full. */
export async function measureReceipt(
  client: Client,
  plan: Plan,
  signal: AbortSignal,
  latencies: Latencies,
): Promise<void> {
  const subscriptions = Array.from({ length: plan.subscribers }, () =>
    client.subscribe(`${plan.prefix}pace/`),
  )
  try {
    await Promise.all(subscriptions.map((subscription) => subscription.ready()))
    const received = Promise.all(subscriptions.map((subscription) => receive(subscription, latencies)))
    await Promise.race([received, publishAndWait(client, plan, signal, latencies)])
  } finally {
    await Promise.all(subscriptions.map((subscription) => subscription.close()))
  }
}

/** Until all is received, or is known not to be. */
async function publishAndWait(
  client: Client,
  plan: Plan,
  signal: AbortSignal,
  latencies: Latencies,
): Promise<void> {
  const sent = await publishPaced(client, plan, signal)
  const end = performance.now() + ARRIVAL_MS
  while (latencies.count < sent * plan.subscribers && performance.now() < end && !signal.aborted)
    await sleep(5)
}

async function receive(subscription: Subscription, latencies: Latencies): Promise<void> {
  for await (const { data } of subscription.events())
    latencies.add(performance.now() - (data as { sent: number }).sent)
}

async function publishPaced(client: Client, plan: Plan, signal: AbortSignal): Promise<number> {
  const text = fillerText(plan.size)
  const most = Math.min(plan.left, Math.ceil((plan.pace * plan.duration) / 1000))
  const started = performance.now()
  let sent = 0
  while (sent < most && !signal.aborted) {
    await sleep(1)
    const now = performance.now()
    const due = Math.min(most, Math.floor(((now - started) * plan.pace) / 1000))
    for (; sent < due && !signal.aborted; sent++) {
      const planned = started + (sent * 1000) / plan.pace
      const at = now - planned > LATE_MS ? planned : now
      plan.stored++
      if (!client.push(`${plan.prefix}pace/${sent % 100}`, { n: sent, sent: at, text })) await client.ready()
    }
  }
  if (!signal.aborted) await client.drain()
  return sent
}

/** From the call of publish until the event is on the disk, with one event at a time. */
export async function measureDurable(
  client: Client,
  plan: Plan,
  signal: AbortSignal,
  latencies: Latencies,
): Promise<void> {
  const text = fillerText(plan.size)
  const end = performance.now() + plan.duration
  for (let n = 0; performance.now() < end && !signal.aborted && plan.left > 0; n++) {
    const at = performance.now()
    plan.stored++
    await client.publish(`${plan.prefix}durable/${n % 100}`, { n, sent: at, text }, { ack: 'durable' })
    latencies.add(performance.now() - at)
  }
}
