import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess } from './hub-process.js'

/** Programs that the hub finds by `PATH`, each with what it does after it has written down its descriptors. */
const PROGRAMS: Record<string, string> = {
  flock: 'exec /usr/bin/flock "$@"',
  getent: 'exec /usr/bin/getent "$@"',
  systemctl: 'exit 1',
  'systemd-notify': 'exit 0',
  zpool: 'exit 1',
  'of-a-job': 'exit 0',
  'of-a-job-without-rights': 'exit 0',
  'of-a-sink': 'exit 0',
  'of-a-source': 'exit 0',
}

/** The descriptors of each child that the hub has started, by the name of the program: number and target. */
function descriptorsIn(folder: string): Map<string, string[]> {
  const lists = readdirSync(folder).map((name): [string, string[]] => [
    name.split('.')[0],
    readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1),
  ])
  return new Map(lists)
}

function writePrograms(programs: string, seen: string): void {
  for (const [name, end] of Object.entries(PROGRAMS)) {
    const look = `ls -l /proc/$$/fd | sed -n 's/.* \\([0-9]*\\) -> /\\1 /p'`
    const whole = `${join(seen, name)}.$$`
    // The shell reads the script itself from a descriptor of its own.
    const script = `#!/bin/sh\n${look} | grep -v "^10 .*/${name}$" > ${whole}.part\nmv ${whole}.part ${whole}\n${end}\n`
    writeFileSync(join(programs, name), script)
    chmodSync(join(programs, name), 0o755)
  }
}

it('no child of a hub has a file of the log or of the state open, whatever started it', async () => {
  const folder = temporaryFolder('descriptors')
  chmodSync(folder, 0o755)
  const [programs, seen] = ['programs', 'seen'].map((name) => join(folder, name))
  for (const each of [programs, seen]) mkdirSync(each)
  chmodSync(seen, 0o777)
  writePrograms(programs, seen)
  await using hub = await HubProcess.start({
    sources: true,
    env: { PATH: `${programs}:${process.env.PATH}`, NOTIFY_SOCKET: join(folder, 'nobody') },
    config: `
jobs: { programs: [of-a-job, setpriv], path: [${programs}, /usr/bin, /bin] }
salt: [{ bus: main, sockDir: ${join(folder, 'salt')}, group: root }]
sinks: { one: { type: exec, command: [${join(programs, 'of-a-sink')}], filter: test/sink } }
sources:
  exec: [{ name: one, command: [${join(programs, 'of-a-source')}], every: 1h }]
  systemd: { enabled: true, units: ['*'] }
  systemState: { enabled: true }
  lifePreserver: { enabled: true }
`,
  })
  expect(await hub.tocsin(['fire', 'test/sink'])).toMatchObject({ code: 0 })
  const job = await hub.tocsin(['job', 'run', '--follow', 'of-a-job'])
  expect(job).toMatchObject({ code: 0 })
  const rights = ['--reuid=65534', '--regid=65534', '--clear-groups']
  const dropped = await hub.tocsin([
    'job',
    'run',
    '--follow',
    'setpriv',
    ...rights,
    join(programs, 'of-a-job-without-rights'),
  ])
  expect(dropped).toMatchObject({ code: 0 })
  await expect.poll(() => [...descriptorsIn(seen).keys()].sort()).toEqual(Object.keys(PROGRAMS).sort())
  for (const [program, list] of descriptorsIn(seen)) {
    const files = list.filter((each) => !/^\d+ (\/dev\/null|pipe:\[\d+\]|socket:\[\d+\])$/.test(each))
    const allowed = program === 'flock' ? [`3 ${join(hub.data, 'log/owner')}`] : []
    expect({ program, files }).toEqual({ program, files: allowed })
  }
  // The hub does have them open, and LMDB does not mark them.
  const own = spawnSync('ls', ['-l', `/proc/${hub.pid}/fd`]).stdout.toString()
  expect(own).toContain(join(hub.data, 'state/data.mdb'))
})
