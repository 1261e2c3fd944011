import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { sharedExecutable } from '../helpers/executable.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const NEXT = '0.1.0+next'

/** Installs nothing on this machine: see installed.sh. */
describe('the Debian package', () => {
  let folder: string
  let parts: Map<string, string>

  const make = (...options: string[]) =>
    execFileSync(
      process.execPath,
      [join(root, 'scripts/package/deb.mjs'), '--fast', '--output', folder, ...options],
      { cwd: root, stdio: 'pipe' },
    )
  const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
  const only = (pattern: RegExp) => join(folder, readdirSync(folder).find((name) => pattern.test(name))!)

  beforeAll(async () => {
    folder = temporaryFolder('debian')
    const executable = await sharedExecutable()
    make('--executable', executable)
    make('--version', NEXT, '--executable', executable)
    const packages = [only(/^tocsin_0\.1\.0_/), only(/next/)]
    const script = join(root, 'test/scripts/installed.sh')
    const { status, stdout, stderr } = spawnSync(script, packages, { encoding: 'utf8' })
    expect(status, stdout + stderr).toBe(0)
    parts = new Map(stdout.split(/^# (?=\w+$)/m).map((part) => [part.split('\n', 1)[0], part]))
  }, 300_000)

  it('is the same file again when it is made anew from the same sources', () => {
    const again = mkdtempSync(join(folder, 'again-'))
    make('--output', again)
    const [name] = readdirSync(again)
    expect(hashOf(join(again, name))).toBe(hashOf(join(folder, name)))
  }, 300_000)

  it('installs with its own user, valid units, the manual and completion, without Node.js', () => {
    expect(parts.get('install')).toMatch(/^tocsin:x:\d+:\d+:.*nologin$/m)
    expect(parts.get('install')).toContain('root 755 /usr/lib/tocsin/tocsin')
    expect(parts.get('install')).toContain('root 644 /usr/lib/tocsin/xpath-thread.cjs')
    expect(parts.get('install')).toContain('root 644 /usr/lib/tocsin/hub.cjs.cache')
    expect(parts.get('install')).toContain('the units are valid')
    expect(parts.get('install')).toContain('.TH')
  })

  it('runs a hub with the command line of its unit, as its user, and stops it', () => {
    expect(parts.get('run')).toContain('tocsin 0.1.0 is ready')
    expect(parts.get('run')).toContain('has hashed a password')
    expect(parts.get('run')).toContain('stopped with 0')
  })

  it('runs a bridge with the command line of its unit and the configuration as it is installed', () => {
    expect(parts.get('install')).toContain('root 644 /etc/tocsin/bridge.yaml')
    expect(parts.get('install')).toContain('root 755 /etc/tocsin/bridge-keys')
    expect(parts.get('bridge')).toMatch(/^ *bridge +wss:\/\/127\.0\.0\.1:\d+\n *keys +1$/m)
    expect(parts.get('bridge')).toContain('stopped with 0')
  })

  it('keeps events and a changed configuration when it is upgraded', () => {
    expect(parts.get('upgrade')).toContain(`\n${NEXT}\n`)
    expect(parts.get('upgrade')).toContain('# a line of the administrator')
    expect(parts.get('upgrade')).toMatch(/"subject":"demo\/kept".*"data":\{"bell":"rings"\}/)
  })

  it('keeps the events when it is removed, and says where', () => {
    expect(parts.get('remove')).toContain('the log stays in /var/lib/tocsin')
    expect(parts.get('remove')).toContain('\n/var/lib/tocsin/log\n')
    expect(parts.get('remove')).toContain('no command')
  })

  it('leaves nothing when it is purged, and says so', () => {
    expect(parts.get('purge')).toContain('removing the log and all other data in /var/lib/tocsin')
    expect(parts.get('purge')).toContain('nothing is left')
  })
})
