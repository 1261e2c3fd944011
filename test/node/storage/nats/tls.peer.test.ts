// Runs on each supported Node.js: TLS.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { natsConfig } from '../../../../src/storage/nats/config.js'
import { JetStreamApi } from '../../../../src/storage/nats/jetstream-api.js'
import type { NatsLink } from '../../../../src/storage/nats/link.js'
import { toNatsError } from '../../../../src/storage/nats/nats-error.js'
import { openNatsLink } from '../../../../src/storage/nats/open-link.js'
import { NatsServer } from '../../../helpers/nats-server.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { requireTool } from '../../../helpers/tools.js'

const DAY = 86_400e6

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })

/** The certificate of a server, by an authority of its own. */
class Certificate {
  readonly #folder = temporaryFolder('tls')
  readonly file = this.#at('cert.pem')
  readonly authority = this.#at('ca.pem')
  readonly #key = this.#at('key.pem')
  readonly #authorityKey = this.#at('ca-key.pem')

  constructor(names: string, days = 30) {
    requireTool('openssl')
    for (const key of [this.#key, this.#authorityKey])
      openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key)
    const own = ['-key', this.#authorityKey, '-subj', '/CN=authority', '-out', this.authority]
    openssl('req', '-x509', '-new', ...own)
    this.renew(names, days)
  }

  renew(names: string, days: number): void {
    const [request, extensions] = [this.#at('request'), this.#at('extensions')]
    writeFileSync(extensions, `subjectAltName=${names}\n`)
    openssl('req', '-new', '-key', this.#key, '-subj', '/CN=nats', '-out', request)
    const by = ['-CA', this.authority, '-CAkey', this.#authorityKey, '-CAcreateserial']
    const made = ['-in', request, '-extfile', extensions, '-days', `${days}`, '-out', this.file]
    openssl('x509', '-req', ...by, ...made)
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  async serve(): Promise<NatsServer> {
    const lines = [`tls { cert_file: "${this.file}", key_file: "${this.#key}" }`]
    const server = await NatsServer.start({ lines })
    onTestFinished(() => server.stop())
    return server
  }

  async connect({ address }: NatsServer, host = '127.0.0.1'): Promise<NatsLink> {
    const servers = [`tls://${host}:${address.split(':')[1]}`]
    const link = await openNatsLink(natsConfig.parse({ servers, tls: { ca: this.authority } }), realRuntime)
    onTestFinished(() => link.close())
    return link
  }
}

test('a server that is known by its address needs a certificate for that address', async () => {
  const certificate = new Certificate('IP:127.0.0.1')
  const server = await certificate.serve()
  const link = await certificate.connect(server)
  expect(link.isConnected).toBe(true)
  await expect(certificate.connect(server, 'localhost')).rejects.toThrow(/localhost/)
  const named = new Certificate('DNS:localhost')
  const other = await named.serve()
  expect((await named.connect(other, 'localhost')).isConnected).toBe(true)
  await expect(named.connect(other)).rejects.toThrow(/127\.0\.0\.1/)
})

test('a link knows until when the certificate of its server is valid', async () => {
  const certificate = new Certificate('IP:127.0.0.1', 3)
  const { certificateEnds } = await certificate.connect(await certificate.serve())
  const left = certificateEnds! - realRuntime.now()
  expect(left).toBeGreaterThan(2.9 * DAY)
  expect(left).toBeLessThan(3.1 * DAY)
})

test('a link that lasts says why it cannot connect again, and resumes when it can', async () => {
  const certificate = new Certificate('IP:127.0.0.1')
  const server = await certificate.serve()
  const link = await certificate.connect(server)
  const api = new JetStreamApi(link)
  const reason = async () => {
    const thrown = await api.find('NONE').then(
      () => undefined,
      (error) => toNatsError(error),
    )
    return thrown?.message ?? 'answered'
  }
  expect(await reason()).toBe('answered')
  await server.kill()
  await expect.poll(reason, { timeout: 10_000 }).toContain('connection refused')
  certificate.renew('IP:127.0.0.1', -1)
  await server.start()
  await expect.poll(reason, { timeout: 10_000 }).toContain('certificate has expired')
  await server.kill()
  certificate.renew('IP:127.0.0.1', 30)
  await server.start()
  await expect.poll(reason, { timeout: 10_000 }).toBe('answered')
})
