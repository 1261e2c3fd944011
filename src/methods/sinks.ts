import { z } from 'zod'
import { type AcrossHubsContext, ofHub } from './across-hubs.js'
import type { SinkInfo, SinkState } from './contract/index.js'
import { lagOf } from './lag.js'
import { type Method, method } from './method.js'
import type { BusMethodContext } from './query.js'
import * as results from './results/sinks.js'

/** The sinks as methods see them. Each throws TCN_SINK_UNKNOWN. */
export interface SinksControl {
  list(): SinkState[]
  pause(name: string, reason: string): Promise<void>
  resume(name: string): Promise<void>
  /** Resolves with how long the delivery of an event took, ms. Rejects with TCN_SINK_FAILED. */
  test(name: string): Promise<number>
  /** Resolves with what `test` would send, with secrets masked. Rejects with TCN_SINK_FAILED. */
  preview(name: string): Promise<{ url: string; headers: Record<string, string>; body: string }>
}

export interface SinkMethodContext extends BusMethodContext {
  sinks: SinksControl
}

const params = z.object({ name: z.string().max(64) })

export function sinkMethods(context: SinkMethodContext & AcrossHubsContext): Method[] {
  const { sinks } = context
  const changes = ({ name }: { name: string }) => ({ name })
  return [
    ofHub(
      context,
      method({
        name: 'sinks.list',
        summary: 'Lists the sinks with their state and lag.',
        right: 'monitor',
        params: z.object({}),
        result: results.sinks,
        run: async () => ({ sinks: await Promise.all(sinks.list().map((each) => describe(context, each))) }),
      }),
    ),
    method({
      name: 'sinks.pause',
      summary: 'Stops a sink from delivering events, which wait in the log.',
      notes: 'It stays paused when the hub is started again.',
      right: 'admin',
      params,
      result: results.sink,
      changes,
      async run({ principal }, { name }) {
        await sinks.pause(name, `paused by ${principal.name}`)
        return described(context, name)
      },
    }),
    method({
      name: 'sinks.resume',
      summary:
        'Lets a paused sink continue where it stopped, and one that waits for its next attempt try at once.',
      right: 'admin',
      params,
      result: results.sink,
      changes,
      async run(_call, { name }) {
        await sinks.resume(name)
        return described(context, name)
      },
    }),
    method({
      name: 'sinks.test',
      summary: 'Sends one event that the log does not have to the destination of a sink.',
      notes:
        'Ends when the destination has taken it. With `dryRun`, nothing is sent, and the result has the request that would be, with secrets masked; only sinks of the type `webhook` can say it.',
      right: 'admin',
      params: params.extend({ dryRun: z.boolean().default(false) }),
      result: results.sinkTest,
      changes: ({ name, dryRun }) => (dryRun ? undefined : { name }),
      run: async (_call, { name, dryRun }) =>
        dryRun
          ? { name, took: 0, request: await sinks.preview(name) }
          : { name, took: Math.round((await sinks.test(name)) * 1000) },
    }),
  ]
}

function described(context: SinkMethodContext, name: string): Promise<SinkInfo> {
  return describe(context, context.sinks.list().find((each) => each.name === name)!)
}

async function describe(context: SinkMethodContext, own: SinkState): Promise<SinkInfo> {
  const { consumers } = context.bus
  const consumer = [...consumers.all()].find(({ name }) => name === own.consumer)
  const lag = consumer === undefined ? { lagEvents: 0, lagMicros: 0 } : await lagOf(context, consumer)
  return { ...own, ...lag, parkedEvents: consumers.parked.countOf(own.consumer) }
}
