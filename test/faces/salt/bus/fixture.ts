import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { saltConfig } from '../../../../src/config/parts/salt.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { joinBody } from '../../../../src/faces/salt/codec/body.js'
import { encodeFrame } from '../../../../src/faces/salt/codec/frame.js'
import { masterSockets, type SocketPaths } from '../../../../src/faces/salt/codec/sockets.js'
import type { hubConfig } from '../../../../src/hub/config.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'

export type BusConfig = z.input<typeof saltConfig>[number]

export interface SaltHub extends AsyncDisposable {
  hub: TestHub
  sockDir: string
  sockets: SocketPaths
}

/** A hub in memory, or with its log on the disk (`stored`), with the bus `master` in a folder of its own. */
export async function startSaltHub(
  bus: Partial<BusConfig> = {},
  config: Partial<z.input<typeof hubConfig>> = {},
  stored = false,
): Promise<SaltHub> {
  const sockDir = mkdtempSync(join(tmpdir(), 'tocsin-salt-'))
  const salt = [{ bus: 'master', sockDir, ...bus }]
  const data = stored ? join(sockDir, 'data') : undefined
  const hub = await startTestHub({ config: { listen: { http: 'off' }, salt, ...config }, data })
  const close = async () => {
    await hub.close()
    rmSync(sockDir, { recursive: true, force: true })
  }
  try {
    await hub.hub.listenNetwork()
  } catch (error) {
    await close()
    throw error
  }
  return { hub, sockDir, sockets: masterSockets(sockDir), [Symbol.asyncDispose]: close }
}

/** An event as Salt's senders write it. */
export function saltFrame(tag: string, data: unknown): Uint8Array {
  return encodeFrame(joinBody(tag, encode(data)))
}

/** Subscribers are known to the hub from now on, so that they miss nothing. */
export async function subscribed({ hub }: SaltHub, count: number): Promise<void> {
  while (
    [...hub.bus.subscriptions].filter(({ label }) => label.includes('_pub.ipc') || label.startsWith('tcp:'))
      .length < count
  ) {
    await new Promise((go) => setImmediate(go))
  }
}
