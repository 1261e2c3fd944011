import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../harness/clock.js'
import { answers } from './network.js'
import type { RunningSide } from './side.js'

const builtHere = fileURLToPath(new URL('../../../../dist/bundle/main.js', import.meta.url))

export interface HubOptions {
  /** Folder for log, state and configuration. */
  folder: string
  /** Path of the socket, which must be short. */
  socket: string
  /** Settings that differ from the defaults, as YAML. */
  config?: string
  /** True if sources run; default: false, since the host's own events are not part of any row. */
  sources?: boolean
  /** Flags of Node, if the measurement needs other settings than the product. */
  nodeFlags?: string[]
  /** The built hub; default: the one of this checkout. */
  program?: string
}

/** Starts the built hub, as a user would. */
export async function startHub({
  folder,
  socket,
  config = '',
  sources = false,
  nodeFlags = [],
  program = builtHere,
}: HubOptions): Promise<RunningSide> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'tocsin.yaml')
  writeFileSync(file, config === '' ? '{}\n' : config)
  const report = join(folder, 'stderr')
  const hub = spawn(
    process.execPath,
    [
      ...nodeFlags,
      program,
      'serve',
      ...(sources ? [] : ['--no-sources']),
      '--quiet',
      '--data',
      join(folder, 'data'),
      '--socket',
      socket,
      '--config',
      file,
    ],
    // The environment of packaging/systemd/tocsin.service and of `npm start`.
    {
      stdio: ['ignore', 'ignore', openSync(report, 'a')],
      env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '524288' },
    },
  )
  const exited = new Promise<void>((resolve) => hub.once('exit', () => resolve()))
  let gone = false
  void exited.then(() => (gone = true))
  await until(
    'the hub answers',
    () => {
      if (gone) throw new Error(`the hub ended: ${readFileSync(report, 'utf8')}`)
      return answers(socket)
    },
    60,
    1,
  )
  return {
    name: 'tocsin',
    pid: hub.pid!,
    address: socket,
    async stop() {
      hub.kill('SIGTERM')
      await exited
    },
  }
}
