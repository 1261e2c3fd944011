import { z } from 'zod'
import type { MethodName } from '../../../../methods/contract/index.js'
import { clusterResults, clusterVerifyPart } from './cluster.js'
import { configResults } from './config.js'
import { consumerResults } from './consumers.js'
import { eventResults } from './events.js'
import { compressPart, hubResults, verifyPart } from './hub.js'
import { ncsResults } from './ncs.js'
import { overviewResults } from './overview.js'
import { ruleResults } from './rules.js'
import type { ResultsOf } from './shape.js'
import { sinkResults } from './sinks.js'
import { tokenResults } from './tokens.js'
import { viewResults } from './views.js'
import { workResults } from './work.js'

const results: ResultsOf<string> = {
  ...clusterResults,
  ...configResults,
  ...consumerResults,
  ...eventResults,
  ...hubResults,
  ...ncsResults,
  ...overviewResults,
  ...ruleResults,
  ...sinkResults,
  ...tokenResults,
  ...viewResults,
  ...workResults,
}

const parts: Record<string, z.ZodType> = {
  'cluster.verify': clusterVerifyPart,
  'log.verify': verifyPart,
  'log.compress': compressPart,
}

/** Schema of the result of a method over HTTP. */
export function resultSchema(name: string): z.ZodType {
  return results[name as MethodName] ?? z.unknown()
}

/** Schema of what the method sends ahead of its result; undefined if nothing. */
export function partSchema(name: string): z.ZodType | undefined {
  return parts[name]
}
