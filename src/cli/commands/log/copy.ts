import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type ClusterConfig, clusterConfig } from '../../../cluster/config.js'
import { CopyLease } from '../../../cluster/copy-lease.js'
import { checkVersions, versionNotes } from '../../../cluster/server-versions.js'
import { pathEnvironment } from '../../../config/home.js'
import { loadConfig } from '../../../config/load.js'
import { dataFolder } from '../../../config/paths.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { hubConfig } from '../../../hub/config/index.js'
import { eventTypes } from '../../../hub/event-types.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { openLmdbLog } from '../../../log/index.js'
import { type CopyReport, copyLog } from '../../../log/jetstream/copy-log.js'
import { numbersAfter } from '../../../log/numbers-after.js'
import { type NatsConfig, natsConfig } from '../../../storage/nats/config.js'
import { openNatsLink } from '../../../storage/nats/open-link.js'
import { hubTypes, TypeRegistry } from '../../../types/index.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatBytes, plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { copyProgress } from './copy-progress.js'

export interface CopyCommandOptions {
  config?: string
  data?: string
  format?: string
  dryRun?: boolean
}

/** Copies the embedded log of a hub that does not run into the stream that the configuration names. */
export async function copyToJetStream(io: Io, options: CopyCommandOptions): Promise<void> {
  const environment = pathEnvironment(io.env)
  const { config } = loadConfig(hubConfig, { config: options.config, environment })
  const folder = join(dataFolder(options.data ?? config.data, environment), 'log')
  const nats = config.nats ?? natsConfig.parse({})
  const { ttl } = config.cluster ?? clusterConfig.parse({})
  const result = await copyFolder(io, { folder, nats, ttl, dryRun: options.dryRun })
  await report(io, options.format, [{ stream: nats.stream, ...result }], () => linesOf(result, nats, options))
}

interface Copying {
  folder: string
  nats: NatsConfig
  ttl: ClusterConfig['ttl']
  dryRun?: boolean
}

async function copyFolder(io: Io, { folder, nats, ttl, dryRun }: Copying): Promise<CopyReport> {
  const runtime = nodeRuntime()
  const types = new TypeRegistry(hubTypes, ...eventTypes)
  const typing = { typeOf: (tag: string) => types.typeOf(tag), typeOfBytes: types.typeOfBytes }
  // Opening a log would create one where there is none.
  checkExists(folder)
  const log = await openLmdbLog({ runtime, folder, ...typing })
  try {
    const link = await openNatsLink(nats, runtime)
    let seen: CopyReport | undefined
    let began = 0
    const most = ({ from }: CopyReport) => numbersAfter(log, from - 1)
    const progress = new Progress(io, () =>
      seen === undefined ? 'begins' : copyProgress(seen, most(seen), (performance.now() - began) / 1000),
    )
    let lease: CopyLease | undefined
    try {
      for (const note of versionNotes(await checkVersions({ link, nats, runtime }))) io.note(note)
      if (!dryRun) lease = await CopyLease.take({ link, nats, ttl, epoch: log.epoch })
      const { stream, prefix, replicas, window } = nats
      const target = { link, stream, prefix, replicas, window, typeOf: typing.typeOf }
      return await copyLog(log, target, {
        dryRun,
        signal: io.signal,
        mayAppend: () => lease?.isHeld ?? false,
        progress: (report) => {
          if (seen === undefined) began = performance.now()
          seen = report
          progress.tick()
        },
      })
    } finally {
      progress.end()
      if (io.signal.aborted && !dryRun) io.note(stoppedAt(seen && copyProgress(seen, most(seen))))
      await lease?.release()
      await link.close()
    }
  } finally {
    await log.close()
  }
}

function checkExists(folder: string): void {
  if (!existsSync(join(folder, 'segments')))
    throw new TocsinError('TCN_USAGE', `${folder} is not a log: name the data folder with --data`)
}

/** Describes the progress of an interrupted copy. */
function stoppedAt(progress: string | undefined): string {
  const stored = progress === undefined ? 'before the first event' : `at ${progress}`
  return `interrupted ${stored}; run it again to go on`
}

function linesOf(result: CopyReport, { stream }: NatsConfig, { dryRun }: CopyCommandOptions): string[] {
  const { from, to, events, bytes, lost, tooLarge, firstTooLarge } = result
  const missing = lost.map((gone) => `lost before: @${gone.from} to @${gone.to}; they are not in the copy`)
  if (events === 0)
    return [`stream ${stream} has everything up to @${to} already: nothing is left to copy`, ...missing]
  const range = `${plural(events, 'event')} from @${from} to @${to}, ${formatBytes(bytes)}`
  if (!dryRun)
    return [`${range}, copied to stream ${stream}`, ...missing, 'Start the hub with `log.engine: jetstream`.']
  return [
    `${range}, would be copied to stream ${stream}`,
    ...missing,
    ...(tooLarge === 0
      ? []
      : [
          `${plural(tooLarge, 'event')} are larger than NATS takes, the first is @${firstTooLarge}: raise max_payload`,
        ]),
  ]
}
