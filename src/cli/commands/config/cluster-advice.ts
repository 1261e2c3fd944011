import { hostname } from 'node:os'
import type { HubConfig } from '../../../hub/config/index.js'
import { jetstreamEngine } from '../../../log/jetstream/engine.js'
import { natsConfig } from '../../../storage/nats/config.js'
import { edgeName } from '../../../upstream/config.js'

/** Returns advice on a file that all hubs of a cluster have: what each of them would do, and one is to do for all. */
export function adviceOnClusters(config: HubConfig): string[] {
  if (config.log.engine !== jetstreamEngine.name) return []
  return [...adviceOnUpstreams(config), ...adviceOnSources(config)]
}

function adviceOnUpstreams({ upstreams, cluster, nats = natsConfig.parse({}) }: HubConfig): string[] {
  const ofThisHub = [cluster?.name, hostname()]
  return upstreams.flatMap(({ name, edge }) => {
    const shared = `upstreams (${name}): the hubs of this cluster are one edge hub there`
    if (edge === undefined)
      return [
        `${shared}, named ${edgeName({}, nats.stream)} after nats.stream; edge gives it a name of its own`,
      ]
    if (!ofThisHub.includes(edge)) return []
    return [`${shared}, and edge ${edge} is the name of one of them; give all hubs the same edge`]
  })
}

/** Kinds of sources that connect to what every hub reaches, and that would publish all of it once for each hub. */
function adviceOnSources({ sources }: HubConfig): string[] {
  const { kubernetes, mqtt, netconf, restconf, sysadm } = sources
  const kinds = {
    ...{ kubernetes, restconf, sysadm },
    mqtt: mqtt.filter(({ topics }) => !topics.every((topic) => topic.startsWith('$share/'))),
    netconf: netconf.filter(({ callHome }) => !callHome),
  }
  return Object.entries(kinds).flatMap(([kind, entries]) => {
    const named = entries.filter(({ once }) => !once).map(({ name }) => name)
    if (named.length === 0) return []
    return [
      `sources.${kind} (${named.join(', ')}): each hub of the cluster connects, and publishes the same events; with once: true only the primary does`,
    ]
  })
}
