import { hostname } from 'node:os'
import { join } from 'node:path'
import { Access, type LoginRefusal } from '../../access/access.js'
import { Bus } from '../../bus/bus.js'
import { toTocsinError } from '../../errors/tocsin-error.js'
import { tagSegment } from '../../event/tag.js'
import { Jobs } from '../../jobs/index.js'
import type { EventLog } from '../../log/index.js'
import { StartingProcess } from '../../processes/program-starter.js'
import type { StateStore } from '../../state/index.js'
import { hubTypes, TypeRegistry } from '../../types/index.js'
import { HubCluster, nameOf } from '../cluster/hub-cluster.js'
import type { HubOptions } from '../hub-options.js'
import { SharedLog } from '../own-log/shared-log.js'
import { partRights } from '../parts/definitions.js'
import { Damage, reportLog, reportLostState } from '../reports/damage.js'
import { ClockDoubt } from '../storage/clock-doubt.js'
import { hasPast, lastTimeOf, openLog, openState, resolver, sharingOf } from '../storage/open-storage.js'
import { TypePackages } from '../types/type-packages.js'

/** The things that all parts of a hub share. */
export interface HubCore extends Stored, KnownTypes {
  readonly options: HubOptions
  readonly hubLog: SharedLog
  readonly access: Access
  readonly bus: Bus
  readonly jobs: Jobs
  readonly clock: ClockDoubt
}

interface KnownTypes {
  readonly types: TypeRegistry
  /** The event types of files. */
  readonly packages: TypePackages
  /** Why there are none. */
  readonly typeFault: string | undefined
}

interface Stored {
  readonly damage: Damage
  readonly cluster: HubCluster | undefined
  readonly log: EventLog
  /** Time of the last stored event, µs. */
  readonly lastTime: number | undefined
  readonly state: StateStore
}

/** Opens log, state and bus. `loginRefused` is told of refused logins. */
export async function openCore(
  given: HubOptions,
  loginRefused: (refusal: LoginRefusal) => void,
): Promise<HubCore> {
  const hubLog = SharedLog.over(given.hubLog)
  const options = { ...given, hubLog }
  const { config, runtime } = options
  const known = await loadTypes(options)
  const stored = await openStored(options, hubLog, known.types)
  const { log, state, lastTime, cluster } = stored
  const typing = resolver(known.types, log)
  const access = new Access(config.principals, typing, `host/${tagSegment(hostname())}`, partRights)
  await access.open({ bucket: state.bucket('principals'), runtime, oidc: config.oidc, loginRefused })
  const clock = await ClockDoubt.open(runtime, state.bucket('meta'), lastTime)
  const common = { runtime, believedTime: clock.believedTime, authorize: access.authorize }
  const bus = await Bus.open({
    ...common,
    log,
    state,
    ...typing,
    limits: config.limits,
    origin: `hub/${tagSegment(nameOf(config))}`,
    sharing: sharingOf(log, config),
  })
  cluster?.share(bus)
  const jobs = await Jobs.open({
    ...common,
    config: config.jobs,
    bucket: state.bucket('jobs'),
    folder: options.data && join(options.data, 'jobs'),
    starter: options.startingProcess && new StartingProcess(runtime, options.startingProcess),
    publish: (event) => !bus.suspended && !bus.closing && bus.emit(event),
    settled: () => bus.settled(),
  })
  return { ...stored, ...known, options, hubLog, access, clock, bus, jobs }
}

/** A hub must not stay down because of a file that only describes events. */
async function loadTypes({ config, types: given }: HubOptions): Promise<KnownTypes> {
  const types = new TypeRegistry(hubTypes, ...given)
  const packages = new TypePackages(types)
  const typeFault = await packages.load(config.types.folder).then(
    () => undefined,
    (thrown) => {
      const { message, code } = toTocsinError(thrown, 'TCN_INTERNAL')
      return `no event types of files: ${message} (${code})`
    },
  )
  return { types, packages, typeFault }
}

async function openStored(options: HubOptions, hubLog: SharedLog, types: TypeRegistry): Promise<Stored> {
  const damage = new Damage(options.data ?? '', hubLog)
  const cluster = options.openLog ? undefined : await HubCluster.open(options, resolver(types))
  const log = cluster?.log ?? (await (options.openLog?.() ?? openLog(options, resolver(types))))
  reportLog(log, damage)
  const lastTime = await lastTimeOf(log)
  const state = await openState({ ...options, obstacle: () => cluster?.full }, damage)
  if (options.data !== undefined && state.isNew && hasPast(log)) {
    reportLostState(join(options.data, 'state'), cluster?.buckets, damage)
  }
  return { damage, cluster, log, lastTime, state }
}
