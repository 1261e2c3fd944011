import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { until } from '../harness/clock.js'
import { findProgram } from '../harness/programs.js'
import { STREAM, SUBJECTS } from './nats-ends.js'
import type { RunningSide } from './side.js'

/** Starts nats-server on a free port of the loopback address, with all its files in `folder`. */
export async function startNats(folder: string, withJetStream: boolean): Promise<RunningSide> {
  const server = await spawnNats(folder, { program: findProgram('nats-server')!, withJetStream })
  if (withJetStream) await createStream(server.address)
  return server
}

export interface NatsOptions {
  program: string
  withJetStream: boolean
  /** Further lines of the configuration. */
  lines?: readonly string[]
}

/** Resolves when it listens. */
export async function spawnNats(
  folder: string,
  { program, withJetStream, lines = [] }: NatsOptions,
): Promise<RunningSide> {
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'nats.conf')
  const store = withJetStream ? [`jetstream { store_dir: "${join(folder, 'store')}" }`] : []
  const all = ['host: 127.0.0.1', 'port: -1', `ports_file_dir: "${folder}"`, ...store, ...lines]
  writeFileSync(config, `${all.join('\n')}\n`)
  const server = spawn(program, ['-c', config], { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const failed = new Promise<never>((_, reject) => server.once('error', reject))
  const address = await Promise.race([failed, until('nats-server listens', () => readPort(folder))])
  return {
    name: withJetStream ? 'jetstream' : 'nats',
    pid: server.pid!,
    address,
    async stop() {
      server.kill('SIGKILL')
      await exited
    },
  }
}

function readPort(folder: string): string | undefined {
  const file = readdirSync(folder).find((name) => name.endsWith('.ports'))
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
  return text === '' ? undefined : JSON.parse(text).nats[0].replace('nats://', '')
}

/**
 * Creates a stream with the default file store: the server flushes it occasionally, not before each acknowledgement.
 */
export async function createStream(address: string, replicas = 1): Promise<void> {
  const connection = await connect({ servers: address.split(',') })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({
    name: STREAM,
    subjects: [SUBJECTS],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
  })
  await connection.close()
}
