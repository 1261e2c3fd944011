import { join } from 'node:path'
import type { z } from 'zod'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import type { saltConfig } from '../../../../src/faces/salt/config.js'
import type { hubConfig } from '../../../../src/hub/config/index.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { joinBody } from '../../../../src/protocols/salt/codec/body.js'
import { encodeFrame } from '../../../../src/protocols/salt/codec/frame.js'
import { masterSockets, type SocketPaths } from '../../../../src/protocols/salt/codec/sockets.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

export type BusConfig = NonNullable<z.input<typeof saltConfig>>[number]

export interface SaltHub extends AsyncDisposable {
  hub: TestHub
  sockDir: string
  sockets: SocketPaths
}

/** Starts a hub in memory, or with its log on disk (`stored`), with the bus `master` in its own folder. */
export async function startSaltHub(
  bus: Partial<BusConfig> = {},
  config: Partial<z.input<typeof hubConfig>> = {},
  stored = false,
): Promise<SaltHub> {
  const sockDir = temporaryFolder('salt')
  const salt = [{ bus: 'master', sockDir, ...bus }]
  const data = stored ? join(sockDir, 'data') : undefined
  const hub = await startTestHub({ config: { salt, ...config }, data })
  return { hub, sockDir, sockets: masterSockets(sockDir), [Symbol.asyncDispose]: () => hub.close() }
}

/** Encodes an event as Salt's publishers do. */
export function saltFrame(tag: string, data: unknown): Uint8Array {
  return encodeFrame(joinBody(tag, encode(data)))
}

/** Waits until the hub has registered the subscribers, which miss no events from then on. */
export async function subscribed({ hub }: SaltHub, count: number): Promise<void> {
  while (
    [...hub.bus.subscriptions].filter(({ label }) => label.includes('_pub.ipc') || label.startsWith('tcp:'))
      .length < count
  ) {
    await new Promise((go) => setImmediate(go))
  }
}
