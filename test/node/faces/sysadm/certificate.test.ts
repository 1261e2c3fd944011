// Runs on each supported Node.js: TLS.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { sysadmCertificate } from '../../../../src/faces/sysadm/certificate.js'
import { divideState, openMemoryState } from '../../../../src/state/index.js'
import { realRuntime } from '../../../helpers/real-runtime.js'

const KEPT = 'sysadm-certificate'
const certificate = () => {
  throw new Error('none is configured')
}

test('hubs that share their principals make certificates of their own, and keep them', async () => {
  const shared = openMemoryState({ runtime: realRuntime })
  const hubs = [1, 2].map(() => divideState(openMemoryState({ runtime: realRuntime }), shared))
  const made = await Promise.all(hubs.map((state) => sysadmCertificate({ certificate, state }, undefined)))
  const prints = made.map(({ cert }) => new X509Certificate(String(cert)).fingerprint256)
  expect(new Set(prints).size).toBe(2)
  for (const [at, state] of hubs.entries())
    expect((await sysadmCertificate({ certificate, state }, undefined)).cert).toBe(made[at].cert)
  expect(await shared.bucket('principals').get(KEPT)).toBeUndefined()
})

test('a certificate of an earlier version goes on being used, and its key leaves the principals', async () => {
  const state = openMemoryState({ runtime: realRuntime })
  const first = await sysadmCertificate({ certificate, state }, undefined)
  const { value } = (await state.bucket('meta').get(KEPT))!
  await state.bucket('principals').put(KEPT, value)
  await state.bucket('meta').delete(KEPT)
  expect((await sysadmCertificate({ certificate, state }, undefined)).cert).toBe(first.cert)
  expect(await state.bucket('principals').get(KEPT)).toBeUndefined()
  expect((await state.bucket('meta').get(KEPT))?.value).toEqual(value)
})
