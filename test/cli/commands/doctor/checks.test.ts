import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import pc from 'picocolors'
import { generate } from 'selfsigned'
import { beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { Patient } from '../../../../src/cli/commands/doctor/finding.js'
import { hostChecks } from '../../../../src/cli/commands/doctor/host-checks.js'
import { hubChecks } from '../../../../src/cli/commands/doctor/hub-checks.js'
import { issuerChecks } from '../../../../src/cli/commands/doctor/issuer-checks.js'
import { holderOf, listenerChecks } from '../../../../src/cli/commands/doctor/listener-checks.js'
import { mark } from '../../../../src/cli/commands/doctor/run.js'
import { storageChecks } from '../../../../src/cli/commands/doctor/storage-checks.js'
import type { hubConfig } from '../../../../src/hub/config/index.js'
import type { HubStatus } from '../../../../src/methods/contract/index.js'
import { Issuer } from '../../../access/issuer.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { look, patientIn } from './patient.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('doctor')
})

const patient = (config?: z.input<typeof hubConfig>, more?: Partial<Patient>) =>
  patientIn(folder, config, more)

describe('configuration', () => {
  it('has a line for each problem', async () => {
    const problems = [1, 2].map((line) => ({ line, column: 1, key: 'log', message: 'no' }))
    const found = await look(
      hubChecks,
      'configuration',
      patient({}, { configuration: { file: 'f', valid: false, problems, warnings: [] } }),
    )
    expect(found).toMatchObject([
      { state: 'wrong', text: 'f:1:1: log: no', next: expect.stringContaining('correct f') },
      { state: 'wrong', text: 'f:2:1: log: no' },
    ])
  })
})

describe('an issuer', () => {
  const map = [{ claim: 'a', value: 'b', principal: 'admin' }]
  const trusting = (issuer: string, console?: { clientId: string }) =>
    patient({ oidc: [{ issuer, audience: 'tocsin', map, console }] })

  it('is sound if its keys can be fetched, and named with its fault otherwise', async () => {
    const issuer = await Issuer.start()
    const { url } = issuer
    const sound = await look(issuerChecks, 'issuers', trusting(url))
    expect(sound).toMatchObject([{ state: 'ok', text: expect.stringContaining(url) }])
    const withLogin = trusting(url, { clientId: 'console' })
    expect(await look(issuerChecks, 'issuers', withLogin)).toMatchObject([
      { state: 'ok', text: expect.stringContaining('people can log in') },
    ])
    issuer.discovery = { token_endpoint: undefined }
    expect(await look(issuerChecks, 'issuers', withLogin)).toMatchObject([
      { state: 'wrong', text: expect.stringContaining('addresses for logins') },
    ])
    issuer.answer = { status: 503, body: '' }
    const failing = await look(issuerChecks, 'issuers', trusting(url))
    expect(failing).toMatchObject([
      {
        state: 'wrong',
        text: `${url}: it answers 503`,
        next: expect.stringContaining('openid-configuration'),
      },
    ])
    await issuer.stop()
    expect(await look(issuerChecks, 'issuers', trusting(url))).toMatchObject([{ state: 'wrong' }])
    expect(await look(issuerChecks, 'issuers', patient())).toEqual([])
  })
})

describe('a running hub', () => {
  const running = (status: object) => ({ hub: { status: status as unknown as HubStatus, local: true } })

  it('has the same configuration under another spelling of its path', async () => {
    const file = join(folder, 'tocsin.yaml')
    writeFileSync(file, '')
    const config = `${folder}/./tocsin.yaml`
    const configuration = { file, valid: true, problems: [], warnings: [] }
    const found = await look(
      hubChecks,
      'configuration',
      patient({}, { configuration, ...running({ config }) }),
    )
    expect(found).toMatchObject([{ state: 'ok' }])
  })

  it('may serve HTTP at another address than the configured one', async () => {
    const listeners = [{ face: 'http', address: 'http://127.0.0.1:9', connections: 0 }]
    const who = patient(
      { listen: { http: '127.0.0.1:0' } },
      running({ config: 'tocsin.yaml', listeners, pid: process.pid }),
    )
    const found = await look(listenerChecks, 'ports', who)
    expect(found).toMatchObject([
      { state: 'ok', text: expect.stringContaining('http://127.0.0.1:9 instead') },
    ])
  })

  it('that runs no sources is not said to have some that are up', async () => {
    const found = await look(hubChecks, 'sources', patient({}, running({ sources: [] })))
    expect(found).toEqual([{ state: 'ok', text: 'the hub runs none' }])
  })
})

describe('sources', () => {
  it('that run but cannot observe everything are listed with what is missing', async () => {
    const details = { unavailable: { logins: 'there is no wtmp' } }
    const sources = [{ name: 'system', state: 'up', details }]
    const hub = { status: { sources } as unknown as HubStatus, local: true }
    expect(await look(hubChecks, 'sources', patient({}, { hub }))).toEqual([
      { state: 'ok', text: '1 source up' },
      {
        state: 'warning',
        text: 'system reports no logins: there is no wtmp',
        next: 'to do without: sources.system.logins: false',
      },
    ])
  })
})

describe('rules', () => {
  const found = (...rules: object[]) =>
    look(
      hubChecks,
      'rules',
      patient({}, { hub: { status: { now: 65e6, rules } as unknown as HubStatus, local: true } }),
    )

  it('that run are counted, and one that was stopped is named with the reason', async () => {
    const loop = { name: 'loop', state: 'up', stopped: 1, lastFault: 5e6, fault: 'it has led to itself' }
    expect(await found({ name: 'quiet', state: 'up' }, loop)).toEqual([
      { state: 'ok', text: '2 rules up' },
      {
        state: 'warning',
        text: expect.stringMatching(/^loop: it has led to itself, 1m.* ago$/),
        next: '`tocsin rules show loop`',
      },
    ])
  })

  it('that cannot run are an error', async () => {
    expect(await found({ name: 'quiet', state: 'down', reason: 'no disk' })).toMatchObject([
      { state: 'wrong', text: '1 rule down: no disk' },
    ])
  })
})

describe('ports', () => {
  it('are free, or in use by a process that is named', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const configured = patient({ listen: { http: `127.0.0.1:${port}` } })
    expect(holderOf(port)).toContain(`pid ${process.pid}`)
    expect(await look(listenerChecks, 'ports', configured)).toMatchObject([
      { state: 'wrong', text: expect.stringContaining(`pid ${process.pid}`) },
    ])
    await new Promise((resolve) => server.close(resolve))
    expect(await look(listenerChecks, 'ports', configured)).toMatchObject([{ state: 'ok' }])
  })
})

describe('the ports of SysAdm', () => {
  it('are looked at like the others', async () => {
    const sysadm = { listen: '127.0.0.1:12150', rest: '127.0.0.1:12151' }
    const listeners = [{ face: 'sysadm', address: 'wss://127.0.0.1:12150', connections: 0 }]
    const hub = { status: { config: 'tocsin.yaml', listeners } as unknown as HubStatus, local: true }
    const found = await look(listenerChecks, 'ports', patient({ listen: { http: 'off' }, sysadm }, { hub }))
    expect(found).toMatchObject([
      { state: 'ok', text: 'sysadm 127.0.0.1:12150: the hub listens' },
      { state: 'warning', text: expect.stringContaining('sysadm-rest 127.0.0.1:12151') },
    ])
  })
})

describe('a running hub that does not listen where it is configured', () => {
  const ports = async (config: string) => {
    const hub = { status: { config, listeners: [] } as unknown as HubStatus, local: true }
    const [found] = await look(listenerChecks, 'ports', patient({ listen: { http: '127.0.0.1:0' } }, { hub }))
    return found
  }

  it('should be restarted', async () => {
    expect(await ports('tocsin.yaml')).toMatchObject({ state: 'warning', next: 'restart the hub' })
  })

  it('is not expected to listen if it was started with another configuration', async () => {
    expect(await ports('other.yaml')).toMatchObject({ state: 'ok', text: expect.stringContaining('is free') })
  })
})

describe('sockets', () => {
  it('need a private folder', async () => {
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    const configured = patient({ listen: { unix: [{ path: join(open, 's') }] } })
    expect(await look(listenerChecks, 'sockets', configured)).toMatchObject([
      { state: 'wrong', next: `chmod 700 ${open}` },
    ])
    chmodSync(open, 0o700)
    expect(await look(listenerChecks, 'sockets', configured)).toMatchObject([{ state: 'ok' }])
  })

  it('need folders above that others cannot exchange', async () => {
    const own = join(folder, 'shared', 'own')
    mkdirSync(own, { recursive: true, mode: 0o700 })
    chmodSync(join(folder, 'shared'), 0o777)
    const configured = patient({ listen: { unix: [{ path: join(own, 's') }] } })
    expect(await look(listenerChecks, 'sockets', configured)).toMatchObject([
      { state: 'wrong', text: expect.stringContaining('can be written by everybody') },
    ])
    chmodSync(join(folder, 'shared'), 0o1777)
    expect(await look(listenerChecks, 'sockets', configured)).toMatchObject([{ state: 'ok' }])
  })
})

describe('the certificate', () => {
  async function pair(name: string, days: number): Promise<{ certificate: string; key: string }> {
    const notAfterDate = new Date(Date.now() + days * 86_400_000)
    const notBeforeDate = new Date(Date.now() - 400 * 86_400_000)
    const { cert, private: secret } = await generate([{ name: 'commonName', value: name }], {
      keySize: 2048,
      notBeforeDate,
      notAfterDate,
    })
    const files = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
    writeFileSync(files.certificate, cert)
    writeFileSync(files.key, secret, { mode: 0o600 })
    return files
  }
  const examine = (tls: { certificate: string; key: string }) =>
    look(listenerChecks, 'certificate', patient({ listen: { http: { tls: true }, tls } }))

  it('is reported when it expires soon or has expired', async () => {
    expect(await examine(await pair('long', 100))).toMatchObject([{ state: 'ok' }])
    expect(await examine(await pair('short', 10))).toMatchObject([{ state: 'warning' }])
    expect(await examine(await pair('over', -10))).toMatchObject([{ state: 'wrong' }])
  })

  it('needs its own key, which others may not read', async () => {
    const [one, other] = [await pair('one', 100), await pair('other', 100)]
    expect((await examine({ ...one, key: other.key })).at(-1)).toMatchObject({ state: 'wrong' })
    chmodSync(one.key, 0o644)
    expect((await examine(one)).at(-1)).toMatchObject({ state: 'wrong', next: `chmod 600 ${one.key}` })
  })

  it('of SysAdm is examined too', async () => {
    const [{ certificate: cert }, { key }] = [await pair('own', 10), await pair('else', 10)]
    const who = patient({ sysadm: { listen: '127.0.0.1:0', tls: { cert, key } } })
    expect(await look(listenerChecks, 'certificate', who)).toMatchObject([
      { state: 'warning', text: expect.stringContaining('own.pem') },
      { state: 'wrong', next: 'name both of one pair in sysadm.tls' },
    ])
    rmSync(cert)
    expect(await look(listenerChecks, 'certificate', who)).toMatchObject([
      { state: 'wrong', next: 'correct sysadm.tls' },
    ])
  })

  it('must exist if a listener needs it', async () => {
    const none = patient({ listen: { http: { tls: true } } })
    expect(await look(listenerChecks, 'certificate', none)).toMatchObject([
      { state: 'wrong', next: '`tocsin tls init`' },
    ])
  })
})

describe('the disk', () => {
  it('is measured with real flushes, which leave no file', async () => {
    const [found] = await look(storageChecks, 'flush', patient())
    expect(found.text).toMatch(/flushes\/s, [\d.]+ ms each, measured/)
    expect(readdirSync(folder)).toEqual([])
  })

  it('should have room for the maximum size of the log', async () => {
    const huge = patient({ log: { retention: { bytes: '900TiB' } } })
    expect((await look(storageChecks, 'disk', huge))[0].state).not.toBe('ok')
    expect(await look(storageChecks, 'disk', patient({}, { data: undefined }))).toEqual([])
  })

  it('should have a private data folder', async () => {
    const who = patient()
    expect(await look(storageChecks, 'data folder', who)).toMatchObject([{ state: 'ok' }])
    mkdirSync(who.data!)
    chmodSync(who.data!, 0o755)
    expect(await look(storageChecks, 'data folder', who)).toMatchObject([{ state: 'warning' }])
  })

  it('should have a data folder that others cannot exchange, nor write into', async () => {
    const data = join(folder, 'shared', 'data')
    mkdirSync(data, { recursive: true, mode: 0o700 })
    chmodSync(join(folder, 'shared'), 0o777)
    const who = patient({}, { data })
    const refused = { state: 'wrong', text: expect.stringContaining('can be written by everybody') }
    expect(await look(storageChecks, 'data folder', who)).toMatchObject([refused])
    chmodSync(join(folder, 'shared'), 0o755)
    expect(await look(storageChecks, 'data folder', who)).toMatchObject([{ state: 'ok' }])
    chmodSync(data, 0o777)
    expect(await look(storageChecks, 'data folder', who)).toMatchObject([
      { state: 'wrong', text: expect.stringContaining('everybody may write') },
    ])
  })
})

describe('the host', () => {
  it('has a recent version of Node.js, and a clock that does not jump', async () => {
    expect(await look(hostChecks, 'versions', patient())).toMatchObject([{ state: 'ok' }])
    expect((await look(hostChecks, 'clock', patient())).every(({ state }) => state !== 'wrong')).toBe(true)
  })

  it('must allow as many open files as connections', async () => {
    const many = patient({ limits: { connections: 10_000_000 } })
    expect(await look(hostChecks, 'open files', many)).toMatchObject([{ state: 'warning' }])
  })
})

it('the signs are plain letters if no colours are wanted', () => {
  const colors = pc.createColors(false)
  const signs = (env: NodeJS.ProcessEnv) =>
    (['ok', 'warning', 'wrong'] as const).map((state) => mark(colors, env, state))
  expect(signs({})).toEqual(['✓', '!', '✗'])
  expect(signs({ NO_COLOR: '1' })).toEqual(['ok', '! ', 'X '])
  expect(signs({ TERM: 'dumb' })).toEqual(['ok', '! ', 'X '])
})

describe('jobs', () => {
  const running = (jobs: HubStatus['jobs']) =>
    look(hubChecks, 'jobs', patient({}, { hub: { status: { jobs } as HubStatus, local: true } }))

  it('are not there if the hub runs none, or does not run', async () => {
    const none = [{ state: 'ok', text: 'the hub runs none' }]
    expect(await running(undefined)).toEqual(none)
    expect(await look(hubChecks, 'jobs', patient())).toEqual(none)
  })

  it('have cgroups, or not for a reason', async () => {
    const folder = '/sys/fs/cgroup/tocsin.service/jobs'
    const whole = { folder, controllers: ['cpu', 'memory'], missing: [] }
    expect(await running({ cgroups: whole })).toEqual([
      { state: 'ok', text: `ended by cgroups in ${folder} (cpu, memory)` },
    ])
    const without = { controllers: [], reason: 'none is delegated', missing: [] }
    expect(await running({ cgroups: without })).toEqual([
      { state: 'ok', text: 'ended by process groups and /proc, without cgroups: none is delegated' },
    ])
  })

  it('lack limits that are configured and that their cgroups do not have', async () => {
    const cgroups = { controllers: [], reason: 'none is delegated', missing: ['memory', 'processes'] }
    expect((await running({ cgroups })).slice(1)).toEqual([
      {
        state: 'warning',
        text: 'they do not have the limits jobs.whole.memory, jobs.whole.processes',
        next: expect.stringContaining('Delegate=yes'),
      },
    ])
  })
})
