// Runs on each supported Node.js: the collector of garbage, and open files.
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { hubConfig } from '../../../../src/hub/config/index.js'
import { Hub } from '../../../../src/hub/hub.js'
import { nodeRuntime } from '../../../../src/hub/node-runtime.js'
import { filesForConnections } from '../../../../src/hub/process/open-files.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

async function notesOf(openFiles: number | undefined): Promise<readonly string[]> {
  const config = hubConfig.parse({
    log: { engine: 'memory' },
    limits: { connections: 1000 },
    listen: { unix: [{ path: join(temporaryFolder('log'), 'socket') }], http: 'off' },
  })
  const hub = await Hub.open({
    config,
    runtime: nodeRuntime(),
    data: undefined,
    sources: [],
    types: [],
    openFiles,
  })
  onTestFinished(() => hub.stop())
  return hub.notes
}

it('a hub keeps files for itself, and says that it accepts fewer connections than configured', async () => {
  expect(filesForConnections(1024)).toBe(896)
  expect(filesForConnections(100)).toBe(16)
  expect(await notesOf(1024)).toEqual([expect.stringContaining('accepts 896 connections, not 1000')])
  expect(await notesOf(1128)).toEqual([])
  expect(await notesOf(undefined)).toEqual([])
})
