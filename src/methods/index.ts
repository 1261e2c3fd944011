import { askableMethods } from './asking/asking.js'
import { edgeMethods } from './asking/methods.js'
import { OpenQuestions } from './asking/open-questions.js'
import type { AskingContext } from './asking/question.js'
import { type ClusterMethodContext, clusterMethods } from './cluster.js'
import { type ConfigMethodContext, configMethods } from './config.js'
import { consumerMethods } from './consumers.js'
import { facetMethods } from './counts/facets.js'
import { histogramMethods } from './counts/histogram.js'
import { lateMethods } from './counts/late.js'
import { QuestionQueue } from './counts/question-queue.js'
import { eventMethods } from './events.js'
import { filterCheckMethods } from './filter-check.js'
import { filterMethods } from './filters.js'
import { hubStatus, type StatusContext, statusMethods } from './hub.js'
import { type LogMethodContext, logMethods } from './log.js'
import type { Method } from './method.js'
import { parkedMethods } from './parked.js'
import { refusingEmptyRanges } from './ranges.js'
import { type ReadMethodContext, readMethods } from './read.js'
import { type RuleMethodContext, ruleMethods } from './rules.js'
import { type SinkMethodContext, sinkMethods } from './sinks.js'
import { type StreamMethodContext, streamMethods } from './streams.js'
import { subscriberMethods } from './subscribers.js'
import { type TokenContext, tokenMethods } from './tokens.js'
import { type ViewMethodContext, viewMethods } from './views.js'

export type MethodContext = LogMethodContext &
  StatusContext &
  ClusterMethodContext &
  ConfigMethodContext &
  TokenContext &
  SinkMethodContext &
  RuleMethodContext &
  StreamMethodContext &
  ViewMethodContext &
  AskingContext &
  ReadMethodContext

/** The management operations, except those of jobs and of parts, and those that the hub adds itself. */
export function allMethods(context: MethodContext): Method[] {
  const counting = new QuestionQueue()
  const open = new OpenQuestions()
  const own = [
    ...subscriberMethods(context),
    ...consumerMethods(context),
    ...parkedMethods(context),
    ...filterMethods(context),
    ...filterCheckMethods(context),
    ...eventMethods(context),
    ...readMethods(context),
    ...histogramMethods(context, counting),
    ...facetMethods(context, counting),
    ...lateMethods(context, counting),
    ...logMethods(context),
    ...streamMethods(context),
    ...statusMethods(context),
    ...clusterMethods(context, () => hubStatus(context)),
    ...sinkMethods(context),
    ...ruleMethods(context),
    ...configMethods(context),
    ...tokenMethods(context),
    ...viewMethods(context),
  ]
  return refusingEmptyRanges(context, [
    ...askableMethods(context, open, own),
    ...edgeMethods(context, open, own),
  ])
}
