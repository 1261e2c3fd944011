import { beforeEach, expect, it } from 'vitest'
import { processStat } from '../../src/processes/process-table.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, jsonLines, lines, startTocsin } from './hub-process.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('jobs')
})

const start = () => HubProcess.start({ folder, config: 'jobs: { programs: [sh], killAfter: 30s }\n' })

/** Starts a job that ignores TERM. Returns its process. */
async function startJob(hub: HubProcess): Promise<number> {
  await hub.tocsin([
    'job',
    'run',
    '--id',
    'long',
    'sh',
    '-c',
    "trap '' TERM; echo $$; while :; do sleep 60; done",
  ])
  const follow = startTocsin(['job', 'follow', 'long'], { env: { TOCSIN_URL: hub.socket } })
  await follow.prints('\n')
  await follow.signal('SIGINT')
  return Number(lines(follow.stdout)[0])
}

function isAlive(pid: number): boolean {
  const found = processStat(pid)
  return found !== undefined && found.state !== 'Z'
}

async function jobAfterRestart() {
  await using hub = await start()
  for (;;) {
    const [job] = jsonLines((await hub.tocsin(['job', 'show', 'long', '--format', 'json'])).stdout) as {
      state: string
      reason: string
      left?: { count: number; processes: { pid: number; end: string }[] }
    }[]
    if (job.state === 'finished') return job
  }
}

it('a hub that stops ends its jobs, even if they ignore TERM, and ends in time with 0', async () => {
  const hub = await start()
  const pid = await startJob(hub)
  // A hub that takes longer than it may ends with another code.
  expect((await hub.stop()).code).toBe(0)
  expect(isAlive(pid)).toBe(false)
  expect((await jobAfterRestart()).reason).toBe('the hub stopped')
})

it('a hub that was killed finishes its jobs with a reason when it starts again, and ends their processes', async () => {
  const hub = await start()
  const pid = await startJob(hub)
  await hub.signal('SIGKILL')
  expect(isAlive(pid)).toBe(true)
  expect((await jobAfterRestart()).reason).toMatch(
    /^the hub ended while it ran; \d+ processes that were left have been ended$/,
  )
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
})

it('a hub that was killed ends what has left its jobs, and names it in their records', async () => {
  const hub = await start()
  const sleepers = [
    `setsid -f sh -c 'echo $$; exec sleep 600'`,
    `setsid -f sh -c 'exec >/dev/null 2>&1; echo $$ >"$0/daemon"; exec sleep 600' ${folder}`,
    `env -i setsid -f sh -c 'echo $$; exec sleep 600'`,
    `env -i sh -c 'echo $$; exec sleep 600' >/dev/null &`,
    `env -i sh -c 'echo $$; exec sleep 600' &`,
    'wait',
  ]
  await hub.tocsin(['job', 'run', '--id', 'long', 'sh', '-c', sleepers.join('; ').replaceAll('&;', '&')])
  const follow = hub.startTocsin(['job', 'follow', 'long'])
  await follow.prints(/(\d+\n){3}/)
  const pids = lines(follow.stdout).map(Number)
  await hub.signal('SIGKILL')
  expect(pids.every(isAlive)).toBe(true)
  const { left } = await jobAfterRestart()
  // Two more have no output, and the shell waits for two.
  expect(left?.count).toBe(6)
  expect(left?.processes.map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids))
  expect(left?.processes.every(({ end }) => end === 'asked')).toBe(true)
  for (const { pid } of left?.processes ?? []) expect(isAlive(pid)).toBe(false)
})
