import { limitProblems } from '../../../cluster/account-limits.js'
import { clusterConfig } from '../../../cluster/config.js'
import { checkVersions, versionNotes } from '../../../cluster/server-versions.js'
import { clusterStreams, prepareStream, type StreamReport } from '../../../cluster/streams.js'
import { pathEnvironment } from '../../../config/home.js'
import { loadConfig } from '../../../config/load.js'
import { hubConfig } from '../../../hub/config/index.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { natsConfig } from '../../../storage/nats/config.js'
import { JetStreamApi } from '../../../storage/nats/jetstream-api.js'
import { toNatsError } from '../../../storage/nats/nats-error.js'
import { openNatsLink } from '../../../storage/nats/open-link.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { type Column, tableLines } from '../../terminal/table.js'

export interface InitOptions {
  config?: string
  format?: string
  dryRun?: boolean
}

/** Creates the streams of a cluster, or shows what would be created. */
export async function initCluster(
  io: Io,
  { config: file, format, dryRun = false }: InitOptions,
): Promise<void> {
  const { config } = loadConfig(hubConfig, { config: file, environment: pathEnvironment(io.env) })
  const nats = config.nats ?? natsConfig.parse({})
  const runtime = nodeRuntime()
  const link = await openNatsLink(nats, runtime)
  try {
    for (const note of versionNotes(await checkVersions({ link, nats, runtime }))) io.note(note)
    const api = new JetStreamApi(link)
    const wanted = clusterStreams(nats, config.cluster ?? clusterConfig.parse({}))
    const problems = await limitProblems(api, wanted)
    for (const problem of problems) io.note(problem)
    const found: StreamReport[] = []
    for (const stream of wanted) found.push(await prepareStream(api, stream, dryRun))
    await report(io, format, found, () => linesOf(found, { server: link.server, dryRun }, io.out.columns))
    if (problems.length > 0 || found.some(({ result }) => result === 'unsuitable'))
      throw new Ending(Exit.failed)
  } catch (thrown) {
    throw thrown instanceof Ending ? thrown : toNatsError(thrown)
  } finally {
    await link.close()
  }
}

function linesOf(
  found: readonly StreamReport[],
  { server, dryRun }: { server: string; dryRun: boolean },
  width?: number,
): string[] {
  const columns: readonly Column<StreamReport>[] = [
    { title: 'STREAM', text: (row) => row.stream, flexible: true },
    { title: 'HOLDS', text: (row) => row.holds },
    { title: 'REPLICAS', text: (row) => String(row.replicas), right: true },
    { title: dryRun ? 'WOULD BE' : 'RESULT', text: (row) => row.result },
    { title: 'DETAILS', text: (row) => row.details ?? '', flexible: true },
  ]
  return [...tableLines(columns, found, width), '', summary(found, server, dryRun)]
}

function summary(found: readonly StreamReport[], server: string, dryRun: boolean): string {
  const count = (...results: StreamReport['result'][]) =>
    found.filter(({ result }) => results.includes(result)).length
  const unsuitable = count('unsuitable')
  if (unsuitable > 0) return `${unsuitable} of ${found.length} streams at ${server} cannot be used`
  const changed = count('created', 'changed')
  if (changed === 0) return `all ${found.length} streams at ${server} are as configured`
  return `${changed} of ${found.length} streams at ${server} ${dryRun ? 'would be set' : 'were set'}; the others are as configured`
}
