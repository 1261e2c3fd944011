import { beforeEach, expect, it } from 'vitest'
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
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function reasonAfterRestart(): Promise<string> {
  await using hub = await start()
  for (;;) {
    const [job] = jsonLines((await hub.tocsin(['job', 'show', 'long', '--format', 'json'])).stdout) as {
      state: string
      reason: string
    }[]
    if (job.state === 'finished') return job.reason
  }
}

it('a hub that stops ends its jobs, even if they ignore TERM, and ends in time with 0', async () => {
  const hub = await start()
  const pid = await startJob(hub)
  const begun = performance.now()
  expect((await hub.stop()).code).toBe(0)
  expect(performance.now() - begun).toBeLessThan(10_000)
  expect(isAlive(pid)).toBe(false)
  expect(await reasonAfterRestart()).toBe('the hub stopped')
})

it('a hub that was killed finishes its jobs with a reason when it starts again, and ends their processes', async () => {
  const hub = await start()
  const pid = await startJob(hub)
  await hub.signal('SIGKILL')
  expect(isAlive(pid)).toBe(true)
  expect(await reasonAfterRestart()).toMatch(
    /^the hub ended while it ran; \d+ processes that were left have been ended$/,
  )
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
})
