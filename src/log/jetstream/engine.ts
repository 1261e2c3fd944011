import { natsConfig } from '../../storage/nats/config.js'
import { LogOwner } from '../lmdb/log-owner.js'
import type { LogEngine, OpenLogOptions } from '../log-engine.js'
import type { JetStreamLog } from './jetstream-log.js'

export const jetstreamEngine: LogEngine = {
  name: 'jetstream',
  summary: 'keeps events in a stream of NATS JetStream, which several hubs share',
  usesFolder: true,
  open: openJetStreamLog,
}

/** Opens the log of a hub that is not the primary. The folder, if there is one, is only reserved for this hub. */
export async function openJetStreamLog(options: Omit<OpenLogOptions, 'settings'>): Promise<JetStreamLog> {
  const { runtime, folder, config, nats = natsConfig.parse({}), openLink } = options
  // The client of NATS is loaded only when a log is opened: most commands need only the name of the engine.
  const [{ openNatsLink }, { JetStreamLog }] = await Promise.all([
    import('../../storage/nats/open-link.js'),
    import('./jetstream-log.js'),
  ])
  const owner = folder === '' ? undefined : await LogOwner.take(folder, runtime)
  try {
    const { stream, prefix, replicas, window } = nats
    return await JetStreamLog.open({
      runtime,
      link: await (openLink ?? openNatsLink)(nats, runtime),
      stream,
      prefix,
      replicas,
      window,
      ringBytes: config.ring,
      typeOf: options.typeOf,
      typeOfBytes: options.typeOfBytes,
      closed: () => owner?.release(),
    })
  } catch (thrown) {
    owner?.release()
    throw thrown
  }
}
