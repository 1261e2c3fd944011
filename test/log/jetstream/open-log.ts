import { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import type { JetStreamLogOptions } from '../../../src/log/jetstream/log-options.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { realRuntime } from '../../helpers/real-runtime.js'

let streams = 0

/** A lease that is held for ever, until `isHeld` is replaced. */
export const endless = { owner: 'test', isHeld: () => true }

/** The name of a stream that no other test has; its subjects begin with it too. */
export function newStream(): string {
  return `LOG${++streams}`
}

export function linkTo(address: string | string[]): Promise<NatsLink> {
  return NatsLink.open({ runtime: realRuntime, servers: address })
}

/** Opens a log, of a new stream if none is named, as a hub that is not the primary. */
export async function openLog(
  address: string | string[],
  options: Partial<JetStreamLogOptions> = {},
): Promise<JetStreamLog> {
  const stream = options.stream ?? newStream()
  return JetStreamLog.open({
    runtime: realRuntime,
    link: await linkTo(address),
    prefix: stream,
    typeOf: (tag) => tag,
    ...options,
    stream,
  })
}
