import { type Access, ADMIN } from '../../access/index.js'
import type { Bus } from '../../bus/bus.js'
import { readFrame } from '../../bus/scan.js'
import type { Piece, Sink } from '../../bus/sink.js'
import type { Runtime } from '../../event/runtime.js'
import type { CompileOptions } from '../../filter/index.js'
import type { Jobs } from '../../jobs/index.js'
import type { JobStarter } from '../../rules/job-sink.js'
import type { RuleHost } from '../../rules/rule-host.js'
import type { StateStore } from '../../state/state-store.js'

export interface RuleHostParts {
  bus: Bus
  access: Access
  runtime: Runtime
  state: StateStore
  types: CompileOptions
  isPrimary(): boolean
  report(event: { tag: string; data: unknown }): boolean
}

/** Returns the interface of the hub for rules, which see every event. */
export function ruleHost(parts: RuleHostParts): RuleHost {
  const { bus, access, runtime, state, types, isPrimary, report } = parts
  const reader = access.principal(ADMIN)
  return {
    runtime,
    types,
    bucket: state.bucket('rules'),
    get epoch() {
      return bus.epoch
    },
    get last() {
      return bus.last
    },
    get isPrimary() {
      return isPrimary()
    },
    caughtUp: () => caughtUp(parts),
    cursorOf: (event) => event.cursorIn(bus.epoch),
    follow: (from, receiver) =>
      bus.subscribe(reader, { from, otherwise: 'now', label: 'rules' }, toSink(receiver, bus)),
    publish: ({ tag, data, attributes, counter }, stream) =>
      isPrimary() &&
      !bus.suspended &&
      !bus.isFilling &&
      !bus.closing &&
      bus.emit({ tag, data, attributes, counter: { stream, counter } }),
    announce: (event) => !bus.suspended && !bus.closing && bus.emit(event),
    settled: () => bus.settled(),
    park: (...given) => park(parts, ...given),
    report: (event) => void (!bus.suspended && report(event)),
  }
}

function toSink(receiver: Parameters<RuleHost['follow']>[1], bus: Bus): Sink {
  return {
    get pending() {
      return receiver.pending
    },
    keepsNothing: true,
    write: (pieces: readonly Piece[]) => receiver.write(pieces as readonly Uint8Array[]),
    status(status) {
      if (status.type === 'gap') receiver.gap(status.reason, status.next)
      else if (status.type !== 'gate') receiver.position(status.seq)
    },
    end: ({ code, message }) => receiver.end(code === 'STOP' && bus.closing ? undefined : new Error(message)),
  }
}

/** Returns the time until which everything stored was looked at; undefined if nobody can say. */
async function caughtUp({ bus, runtime, isPrimary }: RuleHostParts): Promise<number | undefined> {
  const { log } = bus
  const now = runtime.now()
  if (log.caughtUp === undefined) return now
  // An event on its way to a shared log may be stored with a time before now.
  if (log.stats.unflushedBytes > 0) return undefined
  // The clock of this hub may be ahead of the one that gives events their times.
  const time = await log.caughtUp().then(
    (read = now) => Math.min(now, read),
    () => undefined,
  )
  // Events of a later primary may be unknown here.
  return isPrimary() ? time : undefined
}

async function park(
  { bus, runtime }: RuleHostParts,
  ...[rule, seq, tries, reason]: Parameters<RuleHost['park']>
): Promise<void> {
  const frame = await readFrame(bus.log, seq)
  if (frame === undefined) return
  const ref = { consumer: `rule.${rule}`, epoch: bus.epoch, seq }
  await bus.consumers.parked.put(ref, { tries, reason, parkedAt: runtime.now() }, frame)
}

/** Starts jobs as the owner of the hub, who has configured them. */
export function jobStarter(jobs: Jobs, access: Access): JobStarter {
  return {
    has: (id) => jobs.find(id) !== undefined,
    start: async (id, command) => {
      await jobs.run({ id, commands: [command], by: access.principal(ADMIN) })
    },
  }
}
