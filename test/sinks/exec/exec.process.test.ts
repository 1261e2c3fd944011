import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { QUICK, SinkHub } from '../sink-hub.js'

const folder = temporaryFolder('exec-sink')

const run = (script: string, more = {}, ...args: string[]) => ({
  run: {
    type: 'exec' as const,
    command: ['/bin/sh', '-c', script, 'program', ...args],
    filter: 'a/',
    retry: QUICK,
    ...more,
  },
})

it('a program gets each event as a line of JSON, one after the other', async () => {
  const path = join(folder, 'got')
  await using hub = await SinkHub.start(run('cat >> "$1"', {}, path))
  await hub.publish('a/1', 'a/2')
  await hub.until(([{ delivered }]) => delivered === 2)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).subject)).toEqual(['a/1', 'a/2'])
})

it('arguments are not read by a shell, and nothing of the environment of the hub is passed on', async () => {
  const path = join(folder, 'seen')
  process.env.SINK_SECRET = 'not for others'
  await using hub = await SinkHub.start(
    run('printf "%s\\n" "$2" > "$1"; env >> "$1"', {}, path, '$(id) `id` "x'),
  )
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
  const text = readFileSync(path, 'utf8')
  expect(text.split('\n')[0]).toBe('$(id) `id` "x')
  expect(text).not.toContain('not for others')
})

it('the exit code decides, and the end of standard error is the reason', async () => {
  const script = 'read -r line; case $line in *a/bad*) echo "no such team" >&2; exit 3;; esac'
  await using hub = await SinkHub.start(run(script, { retry: { ...QUICK, tries: 2 } }))
  await hub.publish('a/bad', 'a/2')
  await hub.until(([{ delivered, parkedEvents }]) => delivered === 1 && parkedEvents === 1)
  const { parked } = await hub.request<{ parked: { reason: string }[] }>('parked.list')
  expect(parked[0].reason).toBe('exit code 3: no such team; 2 tries')
})

it('a program that asks for a later time is run again and parks nothing', async () => {
  const path = join(folder, 'ready')
  await using hub = await SinkHub.start(run('[ -e "$1" ] || { touch "$1"; exit 75; }', {}, path))
  await hub.publish('a/1')
  const [{ parked, failures }] = await hub.until(([{ delivered }]) => delivered === 1)
  expect([parked, failures]).toEqual([0, 1])
})

it('a program that takes too long is ended with what it has started', async () => {
  const path = join(folder, 'child')
  await using hub = await SinkHub.start(run('sleep 600 & echo $! > "$1"; wait', { timeout: '2s' }, path))
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toBe('ended: no answer within 2 s')
  const child = Number(readFileSync(path, 'utf8'))
  await expect.poll(() => isGone(child)).toBe(true)
})

it('a program that is not there is a destination that cannot be reached', async () => {
  await using hub = await SinkHub.start({
    run: { type: 'exec', command: ['/nonexistent/program'], filter: 'a/', retry: QUICK },
  })
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toContain('ENOENT')
})

/** A process that was ended has no command line, even while nobody has collected it. */
function isGone(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sleep')
  } catch {
    return true
  }
}
