import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { runInUserModeLinux } from '../helpers/user-mode-linux.js'

/** Ends a kernel that hangs. A whole boot takes minutes on a machine that does other work. */
const LIMIT = 1_200_000

let story: string
let output: string

/** Boots a kernel of its own whose first process is systemd, on the files of this machine, which stay as they are. */
beforeAll(async () => {
  const folder = temporaryFolder('systemd')
  output = await runInUserModeLinux({
    init: join(root, 'test/e2e/systemd/init.sh'),
    home: folder,
    environment: { story_root: root, story_result: folder },
    limit: LIMIT,
  })
  const result = join(folder, 'story')
  story = existsSync(result) ? readFileSync(result, 'utf8') : ''
}, LIMIT + 30_000)

/** What the story says after these words; all of it and the output of the kernel if it does not. */
function told(what: string): string {
  const line = story.split('\n').find((each) => each.startsWith(`${what}: `))
  return line?.slice(what.length + 2) ?? `nothing of it in\n${story}\n${output}`
}

it('tocsin install makes a service that is started, and systemd knows when the hub is ready', () => {
  expect(story).toMatch(/^install: enabled and started +tocsin.service$/m)
  expect(told('the type')).toBe('notify')
  expect(told('after the install')).toBe('active, enabled')
  expect(told('ready means that it answers')).toBe('yes')
  expect(told('its user')).toBe('tocsin')
  expect(told('changed by another install')).toBe('0')
})

it('a reload of the service takes a new configuration up, and fails with a bad one without harm', () => {
  expect(told('the reload')).toBe('0')
  expect(told('the reload of a bad configuration')).toBe('1')
  expect(told('after it')).toBe('active, the same process')
})

it('each job has a cgroup below that of the service, with its limits, and ends with all that is in it', () => {
  const cgroup = '/system.slice/tocsin.service'
  const ended = `ended by cgroups in /sys/fs/cgroup${cgroup} (cpu, memory, pids)`
  expect(told('the cgroup of the hub')).toBe(`0::${cgroup}/hub`)
  expect(told('what jobs are ended by')).toContain(ended)
  expect(told('the limits of a job')).toBe(`${256 * 2 ** 20} 20`)
  expect(told('what a job has left')).toBe('sleep 600 (asked)')
  expect(told('cgroups of jobs')).toBe('1')
  expect(told('a job of the hub that was killed')).toBe('the hub ended while it ran')
  expect(told('cgroups of jobs after it')).toBe('0')
  expect(told('what its jobs are ended by')).toContain(ended)
})

it('the protection of the hub against a lack of memory is not that of its jobs', () => {
  expect(told('the OOM score of the hub')).toBe('-500')
  expect(told('the OOM score of a job')).toBe('0')
})

it('a hub that is killed is started again with its events', () => {
  expect(told('after kill -9')).toBe('another process')
  expect(told('its events')).toBe('1')
})

it('a hub that stands still is ended by the watchdog and started again', () => {
  expect(told('alive for longer than the watchdog waits')).toBe('the same process')
  expect(told('after SIGSTOP')).toBe('another process')
  expect(told('ended by the watchdog')).toBe('1')
})

it('tocsin uninstall leaves configuration and data', () => {
  expect(told('after the uninstall')).toBe('inactive')
  expect(story).toMatch(/^uninstall: removed +\/etc\/systemd\/system\/tocsin.service$/m)
  expect(story).toMatch(/^uninstall: kept +\/var\/lib\/tocsin$/m)
})

it('the unit of the Debian package starts and stops the hub', () => {
  expect(told('the unit of the package')).toBe('active')
  expect(told('it answers')).toBe('yes')
  expect(told('after the stop')).toBe('success, inactive')
})
