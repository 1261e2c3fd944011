import { DeviceQueues } from '../../devices/device-queues.js'
import { LongWork } from '../../incremental/long-work.js'
import type { HubCore } from '../assembly/core.js'
import type { Observers } from '../assembly/observers.js'
import type { Report } from '../assembly/own-events.js'

/** Returns the queues of changes for network devices. */
export function pushesOf(
  { bus, state, options: { config, runtime } }: HubCore,
  { pushes }: Observers,
  report: Report,
  isPrimary: () => boolean,
): DeviceQueues {
  return new DeviceQueues(
    {
      runtime,
      longWork: new LongWork(runtime, { face: 'device', what: 'answer' }),
      bucket: state.bucket('pushes'),
      observers: pushes,
      get isPrimary() {
        return isPrimary()
      },
      publish: (event) => !bus.suspended && report(event),
    },
    config,
  )
}
