import type { z } from 'zod'
import * as devices from '../../devices/results.js'
import * as ncs from '../../faces/ncs/results.js'
import * as hosts from '../../hosts/results.js'
import * as jobs from '../../jobs/results.js'
import type { MethodName } from '../../methods/contract/index.js'
import * as cluster from '../../methods/results/cluster.js'
import * as config from '../../methods/results/config.js'
import * as consumers from '../../methods/results/consumers.js'
import * as edges from '../../methods/results/edges.js'
import * as events from '../../methods/results/events.js'
import * as headline from '../../methods/results/headline.js'
import * as hub from '../../methods/results/hub.js'
import * as log from '../../methods/results/log.js'
import * as overview from '../../methods/results/overview.js'
import * as rules from '../../methods/results/rules.js'
import * as sinks from '../../methods/results/sinks.js'
import * as streams from '../../methods/results/streams.js'
import * as tokens from '../../methods/results/tokens.js'
import * as views from '../../methods/results/views.js'
import * as alerts from '../../rules/alerts/results.js'
import * as notifications from '../../sources/notifications/results.js'
import * as sctp from '../../sources/sctp/results.js'

/** The results of all methods, as this version knows them. */
export const answerShapes: Readonly<Record<MethodName, z.ZodType>> = {
  'alerts.list': alerts.alertList,
  'alerts.resolve': alerts.resolved,
  'alerts.silence': alerts.silenced,
  'alerts.unsilence': alerts.unsilenced,
  'cluster.overview': overview.clusterOverview,
  'cluster.status': cluster.clusterReport,
  'cluster.stepDown': cluster.stepDownReport,
  'cluster.verify': cluster.clusterVerifyReport,
  'config.abort': config.committed,
  'config.commit': config.committed,
  'config.confirm': config.confirmed,
  'config.describe': config.describedKeys,
  'config.diff': config.configDiff,
  'config.discard': config.discarded,
  'config.edit': config.configDiff,
  'config.get': config.configValues,
  'config.history': config.history,
  'config.lock': config.configDiff,
  'config.reload': config.reloadReport,
  'config.rollback': config.committed,
  'config.validate': config.validity,
  'consumers.create': consumers.consumer,
  'consumers.delete': consumers.deletedConsumer,
  'consumers.get': consumers.consumerDetail,
  'consumers.list': consumers.consumers,
  'consumers.seek': consumers.seekReport,
  'devices.list': notifications.devices,
  'devices.prune': devices.pruned,
  'devices.push': devices.item,
  'devices.queue': devices.queue,
  'edges.ask': edges.edgesAsked,
  'edges.forget': edges.edgesForgotten,
  'edges.read': edges.edgesRead,
  'events.facets': events.facets,
  'events.get': events.storedEvent,
  'events.histogram': events.histogram,
  'events.late': events.late,
  'events.read': events.eventPage,
  'filters.check': events.filterCheck,
  'filters.explain': events.explanation,
  'gaps.list': events.gaps,
  'hosts.list': hosts.hostList,
  'hosts.map': hosts.hostMap,
  'hosts.remove': hosts.removed,
  'hosts.show': hosts.hostDetails,
  'hub.health': headline.headline,
  'hub.history': hub.history,
  'hub.reload': hub.hubReloadReport,
  'hub.status': hub.hubStatus,
  'hub.trends': hub.partTrends,
  'jobs.get': jobs.jobDetail,
  'jobs.kill': jobs.killed,
  'jobs.list': jobs.jobList,
  'jobs.output': jobs.jobOutput,
  'jobs.run': jobs.job,
  'log.compact': log.compaction,
  'log.compress': log.compressReport,
  'log.index': log.compressReport,
  'log.info': log.logInfo,
  'log.verify': log.verifyReport,
  'metrics.read': hub.metricsText,
  'ncs.diff': ncs.diff,
  'ncs.event': ncs.event,
  'ncs.progress': ncs.reported,
  'parked.delete': consumers.parkedCount,
  'parked.get': consumers.parkedEvent,
  'parked.list': consumers.parkedList,
  'parked.redeliver': consumers.parkedCount,
  'passwords.remove': tokens.ofPrincipal,
  'passwords.set': tokens.ofPrincipal,
  'rules.list': rules.rules,
  'rules.show': rules.ruleDetails,
  'sctp.associations': sctp.associations,
  'sctp.publish': sctp.published,
  'sinks.list': sinks.sinks,
  'sinks.pause': sinks.sink,
  'sinks.resume': sinks.sink,
  'sinks.test': sinks.sinkTest,
  'sources.list': hub.sources,
  'streams.list': streams.streams,
  'subscribers.list': consumers.subscribers,
  'tags.complete': events.tags,
  'tokens.add': tokens.madeToken,
  'tokens.list': tokens.tokens,
  'tokens.revoke': tokens.revoked,
  'tokens.rotate': tokens.madeToken,
  'types.list': hub.types,
  'views.delete': views.deletedView,
  'views.list': views.views,
  'views.rename': views.view,
  'views.save': views.view,
}
