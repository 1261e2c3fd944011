import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readKeys } from '../../src/bridge/keys.js'
import { loadConfig } from '../../src/config/load.js'
import { SecretFile } from '../../src/config/secret-file.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { Certificates } from '../../src/hub/tls.js'
import { readTypeFolder } from '../../src/hub/types/type-folder.js'
import { LineFile } from '../../src/sinks/file/line-file.js'
import { readSecrets } from '../../src/sources/snmp/credentials.js'
import { ListenerCertificate } from '../../src/sources/syslog/certificate.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { openNatsLink } from '../../src/storage/nats/open-link.js'
import type { UpstreamConfig } from '../../src/upstream/config.js'
import { wayTo } from '../../src/upstream/dial.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const environment = { variables: {}, home: '/' }
const runtime = nodeRuntime()

/** Everything that opens a file that the configuration names. */
const readers: Record<string, (path: string) => unknown> = {
  configuration: (config) => loadConfig(z.looseObject({}), { config, environment, trusted: true }),
  'event types': (path) => readTypeFolder(join(path, '..')),
  'a certificate': (path) => new Certificates({ certificate: path, key: path }).listen(),
  'a secret': (path) => new SecretFile(path, runtime).text(),
  'communities of SNMP': (communityFile) => readSecrets({ communityFile, users: [] }),
  'the certificate of syslog': (path) =>
    new ListenerCertificate({ certificate: path, key: path }, runtime).read(),
  'the token of an upstream': (tokenFile) =>
    wayTo({ servers: ['tcp://127.0.0.1:1'], tls: {}, tokenFile } as unknown as UpstreamConfig),
  'the token of NATS': (tokenFile) =>
    openNatsLink(natsConfig.parse({ servers: ['nats://127.0.0.1:1'], tokenFile }), runtime),
  'keys of a bridge': (path) => readKeys([path]),
  'the file of a sink': (path) => LineFile.open(path, 0),
}

// Only root can make what belongs to others.
describe('a file of another user is refused with the remedy', () => {
  it.each(Object.entries(readers))('%s', async (_, reader) => {
    const folder = join(temporaryFolder('foreign'), 'folder')
    mkdirSync(folder)
    const path = join(folder, 'file.json')
    writeFileSync(path, '{}')
    chownSync(path, 12345, 12345)
    await expect((async () => reader(path))()).rejects.toThrow(
      /belongs to user 12345.*TOCSIN_TRUSTED_USERS=12345/,
    )
  })
})
