// Runs on each supported Node.js: TLS.
import { readFileSync, writeFileSync } from 'node:fs'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../../src/client/index.js'
import { makeCertificate } from '../../../src/faces/shared/make-certificate.js'
import { freePorts, LiveHub } from '../../hub/live-hub.js'

let live: LiveHub
let port: number
let token: string

beforeEach(async () => {
  live = await LiveHub.start()
  const [free] = await freePorts(1)
  port = free
  const added = await live.admin.request<{ token: string }>('tokens.add', { name: 'far', rights: '*' })
  token = added.token
})
afterEach(() => live[Symbol.asyncDispose]())

/** Writes a new certificate and its key, and returns the keys of the configuration that name the files. */
async function newCertificate(name: string) {
  const made = await makeCertificate(['localhost', '127.0.0.1'], 1)
  const files = { certificate: live.path(`${name}.pem`), key: live.path(`${name}.key`) }
  writeFileSync(files.certificate, made.certificate)
  writeFileSync(files.key, made.key, { mode: 0o600 })
  return files
}

/** The fingerprint of the certificate that a new connection is shown. */
function shown(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

function overTls(certificate: string) {
  return connect({
    address: `tls://127.0.0.1:${port}`,
    token,
    tls: { ca: readFileSync(certificate) },
    reconnect: false,
  })
}

describe('TLS that is changed while the hub runs', () => {
  it('is switched on and off for a listener, by commits that need no restart', async () => {
    const tls = await newCertificate('one')
    await live.commit({ 'listen.tcp': `127.0.0.1:${port}` })
    const result = await live.commit({
      'listen.tls': tls,
      'listen.tcp': { address: `127.0.0.1:${port}`, tls: true },
    })
    expect(result.restart).toEqual([])
    const client = await overTls(tls.certificate)
    await client.publish('count/1', 1)
    await client.close()
    await live.commit({ 'listen.tcp': `127.0.0.1:${port}` })
    await expect(shown()).rejects.toThrow()
    const plain = await connect({ address: `tcp://127.0.0.1:${port}`, token })
    await plain.publish('count/2', 2)
    await plain.close()
  })

  it('shows another certificate to new connections, and keeps those that are open', async () => {
    const one = await newCertificate('one')
    await live.commit({ 'listen.tls': one, 'listen.tcp': { address: `127.0.0.1:${port}`, tls: true } })
    const before = await shown()
    const client = await overTls(one.certificate)
    await live.commit({ 'listen.tls': await newCertificate('two') })
    expect(await shown()).not.toBe(before)
    await client.publish('count/1', 1)
    await client.close()
  })

  it('shows the certificate that was put into the same files, after a reload', async () => {
    const tls = await newCertificate('one')
    await live.commit({ 'listen.tls': tls, 'listen.tcp': { address: `127.0.0.1:${port}`, tls: true } })
    const before = await shown()
    await newCertificate('one')
    await live.hub.reload()
    expect(await shown()).not.toBe(before)
  })

  it('refuses a certificate that is not one, with the old one still in use', async () => {
    const tls = await newCertificate('one')
    await live.commit({ 'listen.tls': tls, 'listen.tcp': { address: `127.0.0.1:${port}`, tls: true } })
    const before = await shown()
    const text = live.text
    writeFileSync(live.path('none.pem'), 'no certificate')
    const commit = live.commit({ 'listen.tls': { ...tls, certificate: live.path('none.pem') } })
    await expect(commit).rejects.toThrow(/certificate|PEM/i)
    expect(await shown()).toBe(before)
    expect(live.text).toBe(text)
  })

  it('protects the notification sockets of NSO too', async () => {
    const tls = await newCertificate('one')
    const result = await live.commit({
      'listen.tls': tls,
      'ncs.listen': { address: `127.0.0.1:${port}`, tls: true, principal: 'admin' },
    })
    expect(result.restart).toEqual([])
    const before = await shown()
    const other = await newCertificate('two')
    await live.commit({ 'listen.tls': other })
    expect(await shown()).not.toBe(before)
    const client = await overTls(other.certificate)
    await client.publish('count/1', 1)
    await client.close()
  })
})
