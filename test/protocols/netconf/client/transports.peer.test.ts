import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer as createTls } from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { makeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { LongWork } from '../../../../src/incremental/long-work.js'
import { algorithmOf, fingerprintOf, readHostKey } from '../../../../src/protocols/netconf/client/host-key.js'
import { NetconfSession } from '../../../../src/protocols/netconf/client/session.js'
import { dialSsh, type SshLogin } from '../../../../src/protocols/netconf/client/ssh.js'
import { dialTls } from '../../../../src/protocols/netconf/client/tls.js'
import type { NetconfTransport } from '../../../../src/protocols/netconf/client/transport.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { requireTool } from '../../../helpers/tools.js'
import { keyPair, SshDevice } from '../ssh-device.js'

const devices: { close(): void }[] = []
afterEach(() => {
  for (const device of devices.splice(0)) device.close()
})

async function sshDevice(settings: ConstructorParameters<typeof SshDevice>[0] = {}): Promise<SshDevice> {
  const device = new SshDevice(settings)
  devices.push(device)
  await device.listen()
  return device
}

const options = (port: number, signal = new AbortController().signal) => ({
  address: { host: '127.0.0.1', port },
  runtime: realRuntime,
  timeout: 5_000,
  signal,
})

/** Node.js ends such a connection without a word, so the server is that of OpenSSL. */
async function opensslServer(files: Record<'certificate' | 'key', string>, words: string[]): Promise<number> {
  const folder = temporaryFolder('openssl')
  const [certificate, key] = [join(folder, 'certificate'), join(folder, 'key')]
  writeFileSync(certificate, files.certificate)
  writeFileSync(key, files.key)
  const place = ['-accept', '127.0.0.1:0', '-cert', certificate, '-key', key, '-CAfile', certificate]
  const server = spawn(requireTool('openssl'), ['s_server', ...place, ...words], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  devices.push({ close: () => server.kill() })
  let said = ''
  for await (const piece of server.stdout) {
    said += piece
    const [, port] = /^ACCEPT 127\.0\.0\.1:(\d+)$/m.exec(said) ?? []
    if (port !== undefined) return Number(port)
  }
  throw new Error(`openssl does not listen: ${said}`)
}

function helloOf(transport: NetconfTransport): Promise<NetconfSession> {
  return NetconfSession.open(transport, {
    runtime: realRuntime,
    timeout: 5_000,
    longest: 200_000,
    longWork: new LongWork(realRuntime),
    name: 'netconf/r1',
    notification: () => undefined,
    leftOut: () => {},
    closed: () => {},
  })
}

const dial = (device: SshDevice, login: Partial<SshLogin> = {}) =>
  dialSsh(
    { user: 'admin', password: 'secret', hostKeys: [device.fingerprint], ...login },
    options(device.port),
  )

it('a password, keyboard-interactive or a key log in, and the subsystem is opened', async () => {
  const { private: privateKey, public: publicKey } = keyPair()
  for (const method of ['password', 'keyboard-interactive', 'publickey'] as const) {
    const device = await sshDevice({ method, publicKey })
    const login = method === 'publickey' ? { password: undefined, privateKey } : {}
    const transport = await dial(device, login)
    expect(transport.fingerprint).toBe(device.fingerprint)
    transport.destroy()
  }
})

it('no password leaves for a device with an unknown key, and the error has the line to add', async () => {
  const device = await sshDevice()
  const other = `SHA256:${'A'.repeat(43)}`
  for (const hostKeys of [[], [other]]) {
    const error = await dial(device, { hostKeys }).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'TCN_NETCONF_HOST_KEY',
      details: { fingerprint: device.fingerprint, algorithm: 'ssh-ed25519' },
    })
    expect(error.message).toContain(`hostKey: ${device.fingerprint}`)
  }
  expect(device.logins).toEqual([])
})

it('faults have codes: a wrong password, no NETCONF, another port, no key', async () => {
  const device = await sshDevice()
  await expect(dial(device, { password: 'wrong' })).rejects.toMatchObject({ code: 'TCN_NETCONF_LOGIN' })
  await expect(dial(device, { password: undefined, privateKey: 'x' })).rejects.toMatchObject({
    code: 'TCN_NETCONF_LOGIN',
  })
  const other = await sshDevice({ subsystem: 'sftp' })
  await expect(dial(other)).rejects.toMatchObject({
    code: 'TCN_NETCONF_CONNECT',
    message: expect.stringContaining('does not offer NETCONF'),
  })
  device.close()
  await expect(dial(device)).rejects.toMatchObject({ code: 'TCN_NETCONF_CONNECT' })
})

it('a device keeps its host key when the keys of the connection are exchanged again', async () => {
  const device = await sshDevice({ serve: (stream) => void stream.on('error', () => {}).pipe(stream) })
  const other = keyPair()
  const otherKey = fingerprintOf(Buffer.from(other.public.split(' ')[1], 'base64'))
  const { stream } = await dial(device, { hostKeys: [device.fingerprint, otherKey] })
  stream.on('error', () => {})
  device.rekey()
  stream.write('still here')
  expect(String((await once(stream, 'data'))[0])).toBe('still here')
  device.rekey(other.private)
  await expect(once(stream, 'close')).rejects.toThrow('Host')
})

it('a dial that is broken off ends at once', async () => {
  const device = await sshDevice()
  const stop = new AbortController()
  const dialing = dialSsh(
    { user: 'admin', password: 'secret', hostKeys: [device.fingerprint] },
    options(device.port, stop.signal),
  )
  stop.abort(new Error('it stops'))
  await expect(dialing).rejects.toThrow('it stops')
})

it('over TLS the certificate is the identity, by an authority or by its fingerprint', async () => {
  const made = await makeCertificate(['localhost'], 1)
  const own = await makeCertificate(['client'], 1)
  const server = createTls(
    { cert: made.certificate, key: made.key, requestCert: true, rejectUnauthorized: false },
    (socket) => socket.on('error', () => {}).resume(),
  )
  devices.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = options((server.address() as AddressInfo).port)
  const login = { certificate: own.certificate, key: own.key, serverName: 'localhost' }

  const refused = await dialTls(login, at).catch((thrown) => thrown)
  expect(refused).toMatchObject({ code: 'TCN_NETCONF_CERTIFICATE' })
  const { fingerprint } = refused.details
  expect(refused.message).toContain(`fingerprint: ${fingerprint}`)
  await expect(dialTls({ ...login, fingerprints: ['0'.repeat(64)] }, at)).rejects.toThrow('another one')

  for (const known of [{ ca: made.certificate }, { fingerprints: [fingerprint] }]) {
    const transport = await dialTls({ ...login, ...known }, at)
    expect(transport.fingerprint).toBe(fingerprint)
    transport.destroy()
  }
  await expect(dialTls({ ...login, ca: made.certificate, serverName: 'other' }, at)).rejects.toMatchObject({
    code: 'TCN_NETCONF_CERTIFICATE',
  })
})

it('a device that refuses the certificate of this side, or speaks no TLS, is named as such', async () => {
  const made = await makeCertificate(['localhost'], 1)
  const other = await makeCertificate(['other'], 1)
  const login = {
    certificate: other.certificate,
    key: other.key,
    ca: made.certificate,
    serverName: 'localhost',
  }
  const files = { certificate: made.certificate, key: made.key }
  for (const version of ['-tls1_2', '-tls1_3']) {
    const port = await opensslServer(files, [version, '-Verify', '1', '-verify_return_error'])
    await expect(dialTls(login, options(port)).then(helloOf)).rejects.toMatchObject({
      code: 'TCN_NETCONF_LOGIN',
      message: expect.stringMatching(/the device refuses the certificate of this side: [a-z ]+$/),
    })
  }
  const ssh = await sshDevice()
  await expect(dialTls(login, options(ssh.port))).rejects.toMatchObject({
    code: 'TCN_NETCONF_CONNECT',
    message: `127.0.0.1:${ssh.port}: the other side does not speak TLS`,
  })
})

it('a host key is a fingerprint or a public key as OpenSSH writes them', () => {
  const blob = Buffer.from('0000000b7373682d656432353531390000002061626364', 'hex')
  expect(algorithmOf(blob)).toBe('ssh-ed25519')
  const fingerprint = fingerprintOf(blob)
  const text = blob.toString('base64')
  for (const given of [fingerprint, `ssh-ed25519 ${text}`, ` r1.example ssh-ed25519 ${text} comment`])
    expect(readHostKey(given)).toBe(fingerprint)
  for (const wrong of ['', 'SHA256:abc', `ssh-rsa ${text}`, text, 'MD5:00:11'])
    expect(() => readHostKey(wrong)).toThrow('must be a fingerprint')
  expect(algorithmOf(Buffer.from([1]))).toBe('unknown')
})
