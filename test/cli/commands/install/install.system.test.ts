import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { installSteps, uninstallSteps } from '../../../../src/cli/commands/install/plan.js'
import { carryOut } from '../../../../src/cli/commands/install/steps.js'
import { openTarget, type Target } from '../../../../src/cli/commands/install/target.js'
import { ownWords } from '../../../../src/cli/commands/install/unit.js'
import { runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { requireTool } from '../../../helpers/tools.js'

let root: string
const UNIT = 'etc/systemd/system/tocsin.service'

const install = (...words: string[]) =>
  runCommand(['install', '--root', root, '--program', '/opt/bin/tocsin', ...words])
const uninstall = (...words: string[]) => runCommand(['uninstall', '--root', root, ...words])
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const modeOf = (path: string) => statSync(join(root, path)).mode & 0o7777
const files = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function resultsOf(stdout: string): Record<string, string> {
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/).reverse()),
  )
}

beforeEach(() => {
  root = temporaryFolder('install')
  // As in an image that is to become a system.
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
  put('etc/group', 'root:x:0:\n')
})

describe('tocsin install', () => {
  it('makes user, configuration, data folder and unit in a tree', async () => {
    const { code, stdout, stderr } = await install()
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `tocsin: enable it with: systemctl --root ${root} enable tocsin.service\n`,
    })
    expect(resultsOf(stdout)).toMatchObject({ '/etc/tocsin/tocsin.yaml': 'created', [`/${UNIT}`]: 'created' })
    expect(read('etc/tocsin/tocsin.yaml')).toBe(readFileSync('packaging/tocsin.yaml', 'utf8'))
    expect(read('etc/sysusers.d/tocsin.conf')).toContain('u tocsin ')
    expect([modeOf('etc/tocsin'), modeOf('etc/tocsin/tocsin.yaml'), modeOf(UNIT)]).toEqual([
      0o755, 0o644, 0o644,
    ])
    expect(modeOf('var/lib/tocsin')).toBe(0o700)
    expect(read(UNIT)).not.toContain('DynamicUser')
  })

  it('gives the data folder to the user of the tree, where that can be made', async () => {
    const { stdout } = await install()
    const [, uid, gid] = /^tocsin:[^:]*:(\d+):(\d+):/m.exec(read('etc/passwd')) ?? []
    const isMade = uid !== undefined
    expect(resultsOf(stdout)['user tocsin']).toBe(isMade ? 'created' : 'made at boot')
    const { uid: owner, gid: group } = statSync(join(root, 'var/lib/tocsin'))
    expect([owner, group]).toEqual(
      isMade ? [Number(uid), Number(gid)] : [process.getuid?.(), process.getgid?.()],
    )
  })

  it('lets the unit start and reload the hub with the command that was named', async () => {
    await install()
    const lines = read(UNIT).split('\n')
    expect(lines).toContainEqual(expect.stringMatching(/^ExecStart=\/opt\/bin\/tocsin serve --data /))
    expect(lines).toContainEqual(expect.stringMatching(/^ExecReload=\/opt\/bin\/tocsin reload --socket /))
    expect(read(UNIT)).not.toContain('/usr/bin/tocsin')
  })

  it('makes a unit that systemd finds nothing wrong with', async () => {
    const program = join(root, 'tocsin')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o755)
    await runCommand(['install', '--root', root, '--program', program])
    const { status, stderr } = spawnSync(requireTool('systemd-analyze'), ['verify', join(root, UNIT)], {
      encoding: 'utf8',
    })
    expect({ status, about: stderr.match(/^.*tocsin.*$/gm) }).toEqual({ status: 0, about: null })
  })

  it('changes nothing the second time', async () => {
    await install()
    put('etc/tocsin/tocsin.yaml', 'listen: { http: off }\n')
    const before = files()
    const { code, stdout } = await install()
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/^(created|replaced)/m)
    expect(files()).toEqual(before)
    expect(read('etc/tocsin/tocsin.yaml')).toBe('listen: { http: off }\n')
  })

  it('replaces the unit of another version, and keeps it beside', async () => {
    put(UNIT, '[Service]\n# mine\n')
    const { stdout } = await install()
    expect(resultsOf(stdout)[`/${UNIT}`]).toBe('replaced')
    expect(read(`${UNIT}.old`)).toContain('# mine')
    expect(read(UNIT)).toContain('Type=notify')
  })

  it('shows each step and changes nothing with --dry-run', async () => {
    const before = files()
    const { code, stdout, stderr } = await install('--dry-run')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(resultsOf(stdout)).toMatchObject({
      '/etc/tocsin': 'would create',
      '/var/lib/tocsin': 'would create',
      [`/${UNIT}`]: 'would create',
    })
    expect(files()).toEqual(before)
  })

  it('prints the steps as JSON', async () => {
    const { stdout } = await install('--json')
    const steps = stdout.trim().split('\n')
    expect(steps.map((line) => JSON.parse(line))).toContainEqual({ what: `/${UNIT}`, result: 'created' })
  })

  it('refuses where a package manages the service, and says what to do instead', async () => {
    put('usr/lib/systemd/system/tocsin.service', '')
    const before = files()
    for (const { code, stderr } of [
      await install(),
      await install('--dry-run'),
      await uninstall('--purge'),
    ]) {
      expect(code).toBe(1)
      expect(stderr).toMatch(/TCN_INSTALL_PACKAGED\)\n.*apt remove tocsin/)
    }
    expect(files()).toEqual(before)
  })

  it('refuses to replace a masked unit', async () => {
    mkdirSync(join(root, dirname(UNIT)), { recursive: true })
    symlinkSync('/dev/null', join(root, UNIT))
    const { code, stderr } = await install()
    expect(code).toBe(1)
    expect(stderr).toContain('systemctl unmask')
    expect(existsSync(join(root, 'etc/tocsin'))).toBe(false)
  })

  it('does not follow links out of the tree', async () => {
    const elsewhere = temporaryFolder('elsewhere')
    symlinkSync(elsewhere, join(root, 'etc/tocsin'))
    const { code, stderr } = await install()
    expect([code, readdirSync(elsewhere)]).toEqual([2, []])
    expect(stderr).toContain('is outside of')
  })

  it('refuses a command that the service would not see', () => {
    const refusal = expect.objectContaining({ code: 'TCN_INSTALL_PROGRAM' })
    for (const path of ['/home/me/bin/tocsin', '/root/tocsin', '/tmp/tocsin']) {
      expect(() => ownWords(path, '/')).toThrow(refusal)
      expect(() => ownWords('/', path)).toThrow(refusal)
    }
  })

  it('names Node in the unit if systemd would find none or another one', () => {
    expect(ownWords('/bin/sh', '/bin/cat')).toEqual(['/bin/cat', '/bin/sh'])
  })
})

describe('tocsin uninstall', () => {
  it('keeps data, configuration and user', async () => {
    await install()
    put('var/lib/tocsin/log/1', 'events')
    const { code, stdout } = await uninstall()
    expect(code).toBe(0)
    expect(resultsOf(stdout)).toMatchObject({ [`/${UNIT}`]: 'removed', '/var/lib/tocsin': 'kept' })
    expect(existsSync(join(root, UNIT))).toBe(false)
    expect(read('var/lib/tocsin/log/1')).toBe('events')
    expect(existsSync(join(root, 'etc/tocsin/tocsin.yaml'))).toBe(true)
  })

  it('removes data, configuration and changes of the unit with --purge, but no files of others', async () => {
    await install()
    put('var/lib/tocsin/log/1', 'events')
    put('etc/tocsin/bridge.yaml', '{}')
    put(`${UNIT}.d/override.conf`, '[Service]\n')
    expect((await uninstall('--purge', '--yes')).code).toBe(0)
    for (const path of ['var/lib/tocsin', 'etc/tocsin/tocsin.yaml', UNIT, `${UNIT}.d`])
      expect(existsSync(join(root, path))).toBe(false)
    expect(read('etc/tocsin/bridge.yaml')).toBe('{}')
    rmSync(join(root, 'etc/tocsin/bridge.yaml'))
    await uninstall('--purge')
    expect(existsSync(join(root, 'etc/tocsin'))).toBe(false)
  })

  it('has nothing to do the second time', async () => {
    await install()
    await uninstall('--purge')
    const { code, stdout } = await uninstall('--purge')
    expect(code).toBe(0)
    expect(new Set(Object.values(resultsOf(stdout)))).toEqual(new Set(['absent']))
  })

  it('changes nothing with --dry-run', async () => {
    await install()
    const before = files()
    const { stdout } = await uninstall('--purge', '--dry-run')
    expect(resultsOf(stdout)['/var/lib/tocsin']).toBe('would remove')
    expect(files()).toEqual(before)
  })
})

describe('where systemd runs', () => {
  let ran: string[]
  let states: Record<string, string>

  const target = (): Target => ({
    ...openTarget(root, new AbortController().signal),
    systemdRuns: true,
    run: async (...words) => {
      ran.push(words.join(' '))
      return states[words[1]] ?? ''
    },
  })
  const changes = () => ran.filter((words) => !/^systemctl is-|--version$/.test(words))
  const carry = (steps: Parameters<typeof carryOut>[0]) => carryOut(steps, false, async () => {})

  beforeEach(() => {
    ran = []
    states = {}
  })

  it('the service is enabled and started, after the unit was read', async () => {
    await carry(await installSteps(target(), ['/opt/tocsin']))
    expect(changes().slice(-2)).toEqual(['systemctl daemon-reload', 'systemctl enable --now tocsin.service'])
  })

  it('a service that runs is left alone', async () => {
    await carry(await installSteps(target(), ['/opt/tocsin']))
    put('etc/passwd', 'tocsin:x:990:990::/:/bin/false\n')
    ran = []
    states = { 'is-enabled': 'enabled\n', 'is-active': 'active\n' }
    await carry(await installSteps(target(), ['/opt/tocsin']))
    expect(changes()).toEqual([])
  })

  it('the service is stopped before its files are removed', async () => {
    await carry(await installSteps(target(), ['/opt/tocsin']))
    ran = []
    let unitAtStop = false
    const watched: Target = {
      ...target(),
      run: async (...words) => {
        ran.push(words.join(' '))
        if (words[1] === 'disable') unitAtStop = existsSync(join(root, UNIT))
        return ''
      },
    }
    await carry(await uninstallSteps(watched, true))
    expect(changes()).toEqual(['systemctl disable --now tocsin.service', 'systemctl daemon-reload'])
    expect(unitAtStop).toBe(true)
  })
})
