import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { processStat } from '../../src/processes/process-table.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess } from './hub-process.js'

/** Two processes that write nothing, read nothing, and ignore TERM; then their numbers are in the file. */
const STUBBORN =
  'trap "" TERM; sleep 1000 & echo $$ $! > "$1.part" && mv "$1.part" "$1"; while :; do sleep 600; done'

function isAlive(pid: number): boolean {
  const found = processStat(pid)
  return found !== undefined && found.state !== 'Z'
}

it('children of sources and sinks end with a hub that was killed, also those that ignore TERM', async () => {
  const folder = temporaryFolder('children')
  const script = join(folder, 'stubborn.sh')
  writeFileSync(script, STUBBORN)
  const files = ['source', 'sink'].map((name) => join(folder, name))
  const command = (file: string) => JSON.stringify(['/bin/sh', script, file])
  const config = [
    `sources: { exec: [{ name: stubborn, command: ${command(files[0])} }] }`,
    `sinks: { stubborn: { type: exec, filter: a/, command: ${command(files[1])}, timeout: 10m } }`,
  ]
  await using hub = await HubProcess.start({ folder, sources: true, config: `${config.join('\n')}\n` })
  await hub.tocsin(['fire', 'a/b', '{}'])
  await expect.poll(() => files.filter(existsSync), { timeout: 50_000 }).toEqual(files)
  const pids = files.flatMap((file) => readFileSync(file, 'utf8').trim().split(' ').map(Number))
  expect(pids.filter(isAlive)).toEqual(pids)
  await hub.signal('SIGKILL')
  await expect.poll(() => pids.filter(isAlive), { timeout: 50_000 }).toEqual([])
})
