import { statfs } from 'node:fs/promises'
import { TICK_BOUNDS } from '../../bus/delivery.js'
import { timeFrom } from '../../bus/scan.js'
import type { StatusContext } from '../../methods/hub.js'
import { version } from '../version.js'
import { collectConsumers, collectSubscribers } from './receivers.js'
import { Samples } from './samples.js'

const MICROS = 1e6

/** Collects all samples of one scrape. */
export async function collectSamples(context: StatusContext): Promise<Samples> {
  const samples = new Samples()
  collectEvents(context, samples)
  collectSubscribers(context, samples)
  await collectConsumers(context, samples)
  await collectLog(context, samples)
  await collectDisk(context, samples)
  collectSources(context, samples)
  for (const sample of context.samples()) samples.add(sample)
  return samples
}

function collectEvents({ bus, sources, listeners }: StatusContext, samples: Samples): void {
  const { accepted, delivered, refused, skipped } = bus.counters()
  const { engine } = bus.log.stats
  samples.set('tocsin_build_info', 1, { version, node: process.version, engine })
  samples.set('tocsin_events_accepted_total', accepted)
  samples.set('tocsin_events_delivered_total', delivered)
  samples.set('tocsin_events_refused_total', refused)
  samples.set('tocsin_events_skipped_total', skipped)
  samples.set(
    'tocsin_events_lost_total',
    sources().reduce((sum, { lost }) => sum + lost, 0),
  )
  const bounds = TICK_BOUNDS.map((ms) => ms / 1000)
  const { counts, sum } = bus.tickTimes
  samples.histogram('tocsin_publish_latency_seconds', bounds, counts, sum / 1000)
  samples.set(
    'tocsin_publishers',
    [...bus.publishers].filter(({ accepted, refused }) => accepted + refused > 0).length,
  )
  samples.set('tocsin_suspended', bus.suspended)
  const byFace = new Map<string, number>()
  for (const { face, connections } of listeners()) byFace.set(face, (byFace.get(face) ?? 0) + connections)
  for (const [face, connections] of byFace) samples.set('tocsin_connections', connections, { face })
}

async function collectLog({ bus }: StatusContext, samples: Samples): Promise<void> {
  const { log } = bus
  const { bytes, segments, unflushedBytes, flushMicros, fault } = log.stats
  samples.set('tocsin_log_bytes', bytes)
  samples.set('tocsin_log_segments', segments)
  if (log.compression !== undefined) {
    samples.set('tocsin_log_compressed_segments', log.compression.segments)
    samples.set('tocsin_log_compressed_bytes', log.compression.plainBytes)
    samples.set('tocsin_log_compressed_disk_bytes', log.compression.diskBytes)
  }
  if (log.wordIndex !== undefined) {
    samples.set('tocsin_log_indexed_segments', log.wordIndex.segments)
    samples.set('tocsin_log_index_memory_bytes', log.wordIndex.memoryBytes)
    samples.set('tocsin_log_skipped_chunks_total', log.wordIndex.skippedChunks)
  }
  samples.set('tocsin_log_first_seq', log.first)
  samples.set('tocsin_log_last_seq', log.last)
  samples.set('tocsin_log_unflushed_bytes', unflushedBytes)
  samples.set('tocsin_log_flush_seconds', flushMicros / MICROS)
  samples.set('tocsin_log_fault', fault !== undefined)
  samples.set('tocsin_log_lost_ranges', log.lost.length)
  if (log.last < log.first) return
  const time = await timeFrom(log, log.last)
  if (time !== undefined) samples.set('tocsin_log_last_event_timestamp_seconds', time / MICROS)
}

async function collectDisk({ data }: StatusContext, samples: Samples): Promise<void> {
  if (data === undefined) return
  const { bavail, blocks, bsize } = await statfs(data)
  samples.set('tocsin_disk_free_bytes', bavail * bsize)
  samples.set('tocsin_disk_size_bytes', blocks * bsize)
}

function collectSources({ sources }: StatusContext, samples: Samples): void {
  for (const { name: source, state, events, lost, parked, restarts, lastEvent } of sources()) {
    // A source that another hub runs is not down.
    if (state !== 'standby') samples.set('tocsin_source_up', state === 'up', { source })
    samples.set('tocsin_source_events_total', events, { source })
    samples.set('tocsin_source_lost_events_total', lost, { source })
    samples.set('tocsin_source_parked_total', parked, { source })
    samples.set('tocsin_source_restarts_total', restarts, { source })
    samples.set('tocsin_source_last_event_timestamp_seconds', lastEvent && lastEvent / MICROS, { source })
  }
}
