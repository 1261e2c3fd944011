import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

const KEY = 'packages@example'
/** That of this machine, and another one. */
const NATIVE = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim()
const FOREIGN = NATIVE === 'arm64' ? 'amd64' : 'arm64'

describe('the repository of packages', () => {
  const folder = temporaryFolder('repository')
  const repository = join(folder, 'repository')
  // Sockets of gpg have short paths.
  const env = { ...process.env, GNUPGHOME: temporaryFolder('gpg'), LC_ALL: 'C' }
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const make = (...words: string[]) =>
    run(
      process.execPath,
      join(root, 'scripts/package/repo.mjs'),
      '--output',
      repository,
      '--key',
      KEY,
      ...words,
    )

  /** A package of one file, for one architecture. */
  function packageFor(architecture: string, version: string): string {
    const tree = join(folder, `of-${architecture}-${version}`)
    mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
    mkdirSync(join(tree, 'usr/share/of-test'), { recursive: true })
    writeFileSync(join(tree, 'usr/share/of-test/architecture'), architecture)
    const fields = { Package: 'of-test', Version: version, Architecture: architecture, Maintainer: KEY }
    const control = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
    writeFileSync(join(tree, 'DEBIAN/control'), `${control.join('')}Description: a test\n`)
    const deb = join(folder, `of-test_${version}_${architecture}.deb`)
    run('dpkg-deb', '--root-owner-group', '--build', tree, deb)
    return deb
  }

  /** A system beside that of this machine, with the same packages installed as far as their state says. */
  function system(source: string, keyring = join(repository, 'tocsin.gpg')) {
    const place = temporaryFolder('apt-root')
    for (const each of [
      'etc/apt/apt.conf.d',
      'etc/apt/preferences.d',
      'etc/apt/sources.list.d',
      'etc/apt/trusted.gpg.d',
    ])
      mkdirSync(join(place, each), { recursive: true })
    for (const each of ['var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/log/apt'])
      mkdirSync(join(place, each), { recursive: true })
    mkdirSync(join(place, 'var/lib/dpkg/info'), { recursive: true })
    mkdirSync(join(place, 'var/lib/dpkg/updates'))
    mkdirSync(join(place, 'var/lib/dpkg/triggers'))
    cpSync('/var/lib/dpkg/status', join(place, 'var/lib/dpkg/status'))
    const line = `deb [signed-by=${keyring} arch=${NATIVE}] ${source} stable main\n`
    writeFileSync(join(place, 'etc/apt/sources.list'), line)
    const settings = [`Dir=${place}`, `Dir::State::status=${place}/var/lib/dpkg/status`]
    settings.push(
      'APT::Sandbox::User=root',
      `APT::Architecture=${NATIVE}`,
      'Acquire::http::Proxy::127.0.0.1=DIRECT',
    )
    settings.push(`DPkg::Options::=--root=${place}`, 'DPkg::Options::=--force-script-chrootless')
    settings.push('Dir::Bin::Methods=/usr/lib/apt/methods', 'DPkg::Options::=--force-not-root')
    const options = settings.flatMap((setting) => ['-o', setting])
    return {
      place,
      /** Not at once: a server in this process needs its turns. */
      apt: async (...words: string[]) => {
        const child = spawn(requireTool('apt-get'), [...options, ...words], { env })
        const [output, errors, [status]] = await Promise.all([
          text(child.stdout),
          text(child.stderr),
          once(child, 'close'),
        ])
        return { status, said: output + errors }
      },
    }
  }

  let server: Server
  let url: string

  beforeAll(async () => {
    requireTool('gpg-agent')
    run(
      requireTool('gpg'),
      '--batch',
      '--passphrase',
      '',
      '--quick-generate-key',
      KEY,
      'ed25519',
      'sign',
      'never',
    )
    run(process.execPath, join(root, 'scripts/package/python-deb.mjs'), '--output', folder)
    const python = readdirSync(folder).find((name) => name.startsWith('python3-tocsin'))!
    make(join(folder, python), packageFor(NATIVE, '1.0'), packageFor(FOREIGN, '1.0'))
    server = createServer((request, response) => {
      const path = join(repository, decodeURIComponent(request.url ?? ''))
      if (existsSync(path)) response.end(readFileSync(path))
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env })
    server.close()
  })

  it('lets apt install packages from its folder', async () => {
    const { apt, place } = system(`file:${repository}`)
    expect(await apt('update')).toMatchObject({ status: 0, said: expect.not.stringMatching(/^[WE]:/m) })
    expect((await apt('install', '--yes', 'of-test', 'python3-tocsin')).said).toMatch(
      /Setting up python3-tocsin/,
    )
    expect(readFileSync(join(place, 'usr/share/of-test/architecture'), 'utf8')).toBe(NATIVE)
    expect(existsSync(join(place, 'usr/lib/python3/dist-packages/tocsin/client.py'))).toBe(true)
  })

  it('offers a newer version that is added, also over HTTP, and keeps the earlier one', async () => {
    make(packageFor(NATIVE, '1.1'))
    const { apt } = system(url)
    expect(await apt('update')).toMatchObject({ status: 0 })
    expect((await apt('install', '--simulate', 'of-test')).said).toContain('Inst of-test (1.1 ')
    expect((await apt('install', '--simulate', 'of-test=1.0')).said).toContain('Inst of-test (1.0 ')
  })

  it('has an index for each architecture, with the packages for all of them', () => {
    const index = (architecture: string) =>
      readFileSync(join(repository, `dists/stable/main/binary-${architecture}/Packages`), 'utf8')
    expect(index(FOREIGN).match(/^(?:Package|Version|Architecture): .*$/gm)).toEqual([
      'Package: of-test',
      'Version: 1.0',
      `Architecture: ${FOREIGN}`,
      'Package: python3-tocsin',
      expect.stringMatching(/^Version: /),
      'Architecture: all',
    ])
    expect(index(NATIVE)).not.toContain(FOREIGN)
  })

  it('is refused if it was changed, or signed by another', async () => {
    const changed = join(folder, 'changed')
    cpSync(repository, changed, { recursive: true })
    const index = join(changed, `dists/stable/main/binary-${NATIVE}/Packages`)
    writeFileSync(index, readFileSync(index, 'utf8').replaceAll('1.0', '6.6'))
    writeFileSync(`${index}.gz`, '')
    expect(await system(`file:${changed}`).apt('update')).toMatchObject({ status: 100 })
    const other = join(folder, 'other.gpg')
    run(
      'gpg',
      '--batch',
      '--passphrase',
      '',
      '--quick-generate-key',
      'other@example',
      'ed25519',
      'sign',
      'never',
    )
    run('gpg', '--batch', '--output', other, '--export', 'other@example')
    const { status, said } = await system(`file:${repository}`, other).apt('update')
    expect(status).toBe(100)
    expect(said).toContain('NO_PUBKEY')
  })
})
