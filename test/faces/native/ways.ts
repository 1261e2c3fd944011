import type { MatrixHub } from '../../access/matrix-hub.js'
import type { FaceWays, Outgoing, Reading } from '../../access/ways.js'

export async function readWithClient(hub: MatrixHub, transport: string, as: string): Promise<Reading> {
  const client = await hub.come(transport, as)
  const subscription = client.subscribe(undefined, { from: 'start' })
  let text = ''
  subscription.onStatus(({ status }) => {
    text += `status ${status}\n`
  })
  const reading = (async () => {
    for await (const { tag, source, data } of subscription.events()) {
      text += `${JSON.stringify({ tag, source, data })}\n`
    }
  })()
  reading.catch(() => {})
  return { text: () => text, close: () => void subscription.close() }
}

export async function publishWithClient(
  hub: MatrixHub,
  transport: string,
  as: string,
  { tag, source }: Outgoing,
): Promise<void> {
  const client = await hub.come(transport, as)
  await client.publish(tag, {}, { source }).catch(() => {})
}

export const ways: FaceWays = {
  reads: {
    'a unix socket': (hub, as) => readWithClient(hub, 'unix', as),
    TCP: (hub, as) => readWithClient(hub, 'tcp', as),
  },
  isLive: /status live/,
  publishes: {
    'a unix socket': (hub, as, event) => publishWithClient(hub, 'unix', as, event),
    TCP: (hub, as, event) => publishWithClient(hub, 'tcp', as, event),
  },
}
