import type { z } from 'zod'
import type { FaceDefinition } from '../../src/faces/face.js'
import { httpFace } from '../../src/faces/http/index.js'
import { nativeFace } from '../../src/faces/native/index.js'
import { saltConfig } from '../../src/faces/salt/config.js'
import { saltFace } from '../../src/faces/salt/index.js'
import type { TlsListen } from '../../src/faces/shared/listener.js'
import type { Hub } from '../../src/hub/hub.js'
import type { PartKeys } from '../../src/parts/definition.js'

/** Faces that a test opens in a running hub, in addition to its configuration. Functions resolve with an address. */

interface WithHub {
  hub: Hub
}

const host = '127.0.0.1'

export function openSocket({ hub }: WithHub, path: string, principal: string): Promise<string> {
  return open(hub, nativeFace, { 'listen.unix': [{ path, principal }], 'listen.tcp': 'off' })
}

export function openTcp({ hub }: WithHub, port = 0, tls?: TlsListen): Promise<string> {
  const tcp = { address: { host, port }, tls: tls !== undefined, insecure: false }
  return open(hub, withCertificate(nativeFace, tls), { 'listen.unix': [], 'listen.tcp': tcp })
}

export function openHttp({ hub }: WithHub, port = 0, tls?: TlsListen): Promise<string> {
  const listen = { address: { host, port }, tls: tls !== undefined, insecure: false, hosts: [], origins: [] }
  const limits = httpFace.config['limits.http'].parse({})
  return open(hub, withCertificate(httpFace, tls), { 'listen.http': listen, 'limits.http': limits })
}

export function openSalt(
  { hub }: WithHub,
  bus: NonNullable<z.input<typeof saltConfig>>[number],
): Promise<string> {
  const limits = saltFace.config['limits.http'].parse({})
  return open(hub, saltFace, { salt: saltConfig.parse([bus]), 'limits.http': limits })
}

/** Returns the number of events that Salt buses dropped, by source and reason. */
export function droppedOnSalt({ hub }: WithHub): { source: string; code: string; count: number }[] {
  return [...hub.samples()]
    .filter(({ name }) => name === 'tocsin_salt_dropped_events_total')
    .map(({ value: count, labels }) => ({ ...(labels as { source: string; code: string }), count }))
}

async function open<Keys extends PartKeys>(
  hub: Hub,
  face: FaceDefinition<Keys>,
  config: Parameters<FaceDefinition<Keys>['open']>[1],
): Promise<string> {
  const opened = await hub.open(face, config)
  return opened!.listeners[0].address
}

function withCertificate<Keys extends PartKeys>(
  face: FaceDefinition<Keys>,
  tls: TlsListen | undefined,
): FaceDefinition<Keys> {
  if (tls === undefined) return face
  return { ...face, open: (given, config) => face.open({ ...given, certificate: () => tls }, config) }
}
